"""A config and its JSON schema in, the config with its defaults out, or every mistake in words."""

import math
from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from difflib import get_close_matches
from itertools import zip_longest
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

Settings = dict[str, Any]

WORDS = {"true": True, "false": False, "null": None}  # as Snakemake's --config leaves them: text


def schema_mistakes(config: Settings, schema: Settings) -> list[str]:
    """A line for each place where `config` differs from what the schema allows, sorted."""
    if odd := sorted(_odd_keys(config)):  # the validator expects text
        return odd
    errors = Draft202012Validator(schema).iter_errors(config)
    return sorted([*_not_finite(config), *(_explain(error, schema) for error in errors)])


def coerced(value: Any, subschema: Settings, schema: Settings) -> Any:
    """`value` as the schema wants it, if the meaning is certain; otherwise unchanged, so that the
    schema refuses it.

    Text that YAML, or Snakemake's --config, did not read as a number ("1e-3", "3"), as true, false or
    null, becomes one if the schema does not allow text there. A whole number written as 5.0 becomes 5.
    """
    subschema = _resolved(subschema, schema)
    if alternatives := subschema.get("oneOf", subschema.get("anyOf", ())):
        candidates = [coerced(value, alternative, schema) for alternative in alternatives]
        for alternative, candidate in zip(alternatives, candidates, strict=True):
            whole = alternative | {"$defs": schema.get("$defs", {})}
            if Draft202012Validator(whole).is_valid(candidate):
                return candidate
        return next((candidate for candidate in candidates if candidate != value), value)
    if isinstance(value, dict):
        known, others = subschema.get("properties", {}), subschema.get("additionalProperties", {})
        others = others if isinstance(others, dict) else {}
        return {key: coerced(inner, known.get(key, others), schema) for key, inner in value.items()}
    if isinstance(value, list):
        items = subschema.get("prefixItems", [subschema.get("items", {})] * len(value))
        pairs = zip_longest(value, items[: len(value)], fillvalue={})
        return [coerced(inner, item, schema) for inner, item in pairs]
    if not isinstance(value, str | float):
        return value
    own = {key: subschema[key] for key in ("type", "enum", "const") if key in subschema}
    for candidate in _readings(value):
        if Draft202012Validator(own).is_valid(candidate):
            whole = isinstance(candidate, float) and own.get("type") == "integer"
            return int(candidate) if whole else candidate
    return value


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


def _resolved(subschema: Settings, schema: Settings) -> Settings:
    """The subschema, or what it refers to."""
    if "$ref" not in subschema:
        return subschema
    return schema["$defs"][subschema["$ref"].rpartition("/")[2]]


def _readings(value: str | float) -> Iterator[Any]:
    """The value and, if it is text, what else it may mean: first true, false or null, then itself, then
    a number."""
    word = value.strip().lower() if isinstance(value, str) else ""
    if word in WORDS:
        yield WORDS[word]
    yield value
    for number in (int, float) if word else ():
        with suppress(ValueError):
            yield number(word)


def _odd_keys(value: Any, prefix: str = "") -> Iterator[str]:
    """A line for each key that YAML did not read as text: `no` is false, `1` a number."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(key, str):
                yield from _odd_keys(inner, f"{prefix}{key}.")
            else:
                at = prefix.removesuffix(".") or "the config"
                yield (
                    f"{at}: YAML reads a name here as {key!r} and not as text; "
                    "a name begins with a letter, and must not be no, yes, on, off, true, false or null"
                )


def _not_finite(value: Any, key: str = "") -> Iterator[str]:
    """A line for each number that is not finite."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _not_finite(inner, f"{key}.{name}" if key else name)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _not_finite(inner, f"{key}.{place}")
    elif isinstance(value, float) and not math.isfinite(value):
        yield f"{key}: {value} is not allowed; it must be a finite number"


def _explain(error: ValidationError, schema: Settings) -> str:
    """One line for one mistake: its key, what is wrong, what is allowed."""
    choice = error.validator in ("oneOf", "anyOf") and not isinstance(error.instance, dict)
    if not (choice and "description" in error.schema):
        error = best_match([error])  # in a choice, the branch that nearly fits
    key = ".".join(str(part) for part in error.absolute_path)
    at = f"{key}: " if key else ""
    value = error.instance
    refused = (
        f"{at}{value!r} is not allowed"
        if isinstance(value, str)
        else f"{at}{_written(value)} is not allowed"
    )
    match error.validator:
        case "oneOf" | "anyOf":
            return f"{refused}; write: {error.schema['description']}"
        case "additionalProperties":
            allowed = sorted(error.schema["properties"])
            unknown = sorted(set(error.instance) - set(allowed))
            hints = "".join(_hint(name, allowed, schema) for name in unknown)
            return f"{at}unknown key {', '.join(unknown)}; allowed: {', '.join(allowed)}{hints}"
        case "enum":
            allowed = ", ".join(str(_written(value)) for value in error.validator_value)
            return f"{refused}; allowed: {allowed}"
        case "type":
            allowed = error.validator_value
            allowed = allowed if isinstance(allowed, list) else [allowed]
            return f"{refused}; {_wanted(error.instance, allowed)}"
        case "pattern":
            return f"{refused}; {error.schema['description']}"
    return f"{at}{error.message}"


def _hint(name: str, allowed: list[str], schema: Settings) -> str:
    """What an unknown key may have been meant to be. Empty if nothing is similar."""
    if "." in name:
        first, *others = name.split(".")
        inner = "".join(f"{{{part}: " for part in others)
        return f"; write {first}: {inner}...{'}' * len(others)}"
    close = get_close_matches(name, allowed, n=1)
    close += [place for place in _places(schema, schema) if place.rpartition(".")[2] == name]
    return f"; did you mean {' or '.join(close)}?" if close else ""


def _places(subschema: Settings, schema: Settings, prefix: str = "") -> Iterator[str]:
    """The dotted names of all keys of the schema; training settings under defaults."""
    for key, inner in subschema.get("properties", {}).items():
        yield f"{prefix}{key}"
        inner = _resolved(inner, schema) if key == "defaults" else inner
        yield from _places(inner, schema, f"{prefix}{key}.")


def _wanted(value: Any, types: list[str]) -> str:
    """What to write instead of a value of another type."""
    if value is None:
        return f"nothing is written after it; it must be of type {' or '.join(types)}"
    if "array" in types and isinstance(value, str | int | float):
        return f"write a list: [{_written(value)}]"
    if isinstance(value, str) and {"number", "integer"} & {*types}:
        *_, number = _readings(value.replace(",", "."))
        if isinstance(number, int | float):
            return f"write {number}"
    return f"it must be of type {' or '.join(types)}"


def _written(value: Any) -> Any:
    """A value as YAML writes it, where Python has another word."""
    return {"True": "true", "False": "false", "None": "null"}.get(str(value), value)
