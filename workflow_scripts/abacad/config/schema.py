"""A config and its JSON schema in, the config with its defaults out; or every mistake, in words."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

Settings = dict[str, Any]


def schema_mistakes(config: Settings, schema: Settings) -> Iterator[str]:
    """A line for each place where `config` is not what the schema describes."""
    return map(_explain, Draft202012Validator(schema).iter_errors(config))


def with_defaults(schema: Settings, value: Any) -> Any:
    """Fill in the defaults of `schema`'s properties, at every depth."""
    if not isinstance(value, dict):
        return value
    filled = dict(value)
    for key, subschema in schema.get("properties", {}).items():
        if key in filled or "default" in subschema:
            filled[key] = with_defaults(
                subschema, filled.get(key, deepcopy(subschema.get("default")))
            )
    return filled


def _explain(error: ValidationError) -> str:
    """One line for one mistake: its key, what is wrong, what is allowed."""
    error = best_match([error])  # inside anyOf: the branch that nearly fits
    key = ".".join(str(part) for part in error.absolute_path)
    at = f"{key}: " if key else ""
    match error.validator:
        case "additionalProperties":
            allowed = error.schema["properties"]
            unknown = ", ".join(sorted(set(error.instance) - set(allowed)))
            return f"{at}unknown key {unknown}; allowed: {', '.join(sorted(allowed))}"
        case "enum":
            allowed = ", ".join(str(value) for value in error.validator_value)
            return f"{at}{error.instance!r} is not allowed; allowed: {allowed}"
        case "type":
            allowed = error.validator_value
            allowed = " or ".join(allowed) if isinstance(allowed, list) else allowed
            return f"{at}{error.instance!r} is not allowed; it must be of type {allowed}"
    return f"{at}{error.message}"
