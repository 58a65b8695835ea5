"""Write docs/config.md, the reference of all settings, from rules/config.schema.yaml.

python docs/config_reference.py > docs/config.md
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

SCHEMA = Path(__file__).parents[1] / "rules/config.schema.yaml"

INTRODUCTION = """\
# Config reference

Every setting of abacad. [config/README.md](../config/README.md) tells how to begin, and
[config.yaml](../config.yaml) shows the settings in use. `make config-reference` makes this page from
[rules/config.schema.yaml](../rules/config.schema.yaml), so do not edit it by hand.

A dot stands for a level of YAML: `folds.count` is the key `count` inside the block `folds`. If you leave
a setting out, `config.yaml` decides, and if that does not name it either, the default below. The word
`null` usually switches something off. A setting that is not listed here is refused before anything runs.
"""

TRAINING = """\
## Training settings

These settings describe one training. They can stand in the block `defaults`, in each entry of
`experiments`, in the `pretrain` of an experiment, in `pseudo_labels.settings` and in the `settings` of an
ablation switch.
"""

DISTRIBUTIONS = """\
## Distributions

Where a setting allows a *distribution*, write one of these:

| form | what is drawn |
| --- | --- |
| a number | always this number |
| `[uniform, low, high]` | any value between low and high, all equally likely |
| `[log_uniform, low, high]` | the same for the logarithm; low must be above 0 |
| `[normal, mean, deviation]` | a normal distribution |
| `[mixture, share, first, second]` | `first` with probability `share`, else `second`, distributions too |
"""

HEADER = "| key | allowed | default | meaning |\n| --- | --- | --- | --- |"


def reference(schema: dict[str, Any]) -> str:
    """The whole page as Markdown: a section for each block, then training settings and distributions."""
    parts = [INTRODUCTION]
    for name, block in schema["properties"].items():
        parts.append(f"## {name}\n\n{block['description']}\n")
        if name == "defaults":
            parts.append("Allowed: any [training setting](#training-settings).\n")
        elif name == "experiments":
            parts.append(
                "Allowed: any [training setting](#training-settings), and `kind`, for each name. "
                "A name begins with a letter and has letters, digits and underscores.\n"
            )
            kind = schema["$defs"]["experiment"]["properties"]["kind"]
            parts.append(_table([("<name>.kind", kind)]))
        elif "properties" in block:
            parts.append(_table(_keys(block, f"{name}.")))
        else:
            parts.append(_table([(name, block)]))
    parts += [TRAINING, _table(_keys(schema["$defs"]["training"])), DISTRIBUTIONS]
    return "\n".join(parts).rstrip() + "\n"


def _keys(block: dict, prefix: str = "") -> Iterator[tuple[str, dict]]:
    """The dotted name and the subschema of every key below a block, each block before its own keys."""
    for key, inner in block.get("properties", {}).items():
        yield f"{prefix}{key}", inner | {"required": key in block.get("required", ())}
        for branch in (inner, *inner.get("oneOf", ())):
            yield from _keys(branch, f"{prefix}{key}.")
        named = inner.get("additionalProperties")
        if isinstance(named, dict):
            yield from _keys(named, f"{prefix}{key}.<name>.")


def _table(keys: Any) -> str:
    """One row for each key."""
    rows = [
        f"| `{key}` | {_allowed(inner)} | {_default(inner)} | {_cell(inner['description'])} |"
        for key, inner in keys
    ]
    return "\n".join([HEADER, *rows, ""])


def _cell(text: str) -> str:
    """A text that Markdown shows as it is, inside a table."""
    escaped = " ".join(text.split()).replace("|", "\\|").replace("*", "\\*")
    return escaped.replace("<", "&lt;").replace("[", "\\[")


def _default(inner: dict) -> str:
    """The default of a setting; of a block none, since its keys have their own."""
    if inner.get("required"):
        return "none; it must be given"
    if "default" not in inner:
        return ""
    value = inner["default"]
    if value == {}:
        return "" if inner.get("type") == "object" or "$ref" in inner else "on"
    return f"`{_written(value)}`"


def _written(value: Any) -> str:
    """A value as YAML has it on one line."""
    if isinstance(value, list):
        return f"[{', '.join(_written(inner) for inner in value)}]"
    return value if isinstance(value, str) and value else json.dumps(value)


def _allowed(inner: dict) -> str:
    """The type and range of a setting, in words."""
    if "$ref" in inner:
        return {
            "distribution": "a [distribution](#distributions)",
            "training": "[training settings](#training-settings)",
        }[inner["$ref"].rpartition("/")[2]]
    if choices := inner.get("oneOf", inner.get("anyOf")):
        return " or ".join(_allowed(choice) for choice in choices)
    if "const" in inner:
        return f"`{inner['const']}`"
    if "enum" in inner:
        return ", ".join(f"`{_written(value)}`" for value in inner["enum"])
    kinds = inner["type"] if isinstance(inner["type"], list) else [inner["type"]]
    return " or ".join(_kind(kind, inner) for kind in kinds)


def _kind(kind: str, inner: dict) -> str:
    """One type of a setting with its range."""
    match kind:
        case "object":
            return "a block" if "properties" in inner else "a block of names"
        case "array":
            fixed = (
                inner.get("minItems") if inner.get("minItems") == inner.get("maxItems") else None
            )
            listed = f"a list of {fixed}" if fixed else "a list"
            one_of = " one of" if "enum" in inner["items"] else ""
            return f"{listed}, each{one_of} {_allowed(inner['items'])}"
        case "integer" | "number":
            return f"{'a whole number' if kind == 'integer' else 'a number'}{_range(inner)}"
        case "string":
            return "text"
        case "boolean":
            return "`true`, `false`"
    return f"`{kind}`"


def _range(inner: dict) -> str:
    """The limits of a number, each said whether it is allowed itself."""
    limits = [
        f"{words} {inner[key]:,}"
        for key, words in (
            ("minimum", "at least"),
            ("exclusiveMinimum", "above"),
            ("maximum", "at most"),
            ("exclusiveMaximum", "below"),
        )
        if key in inner
    ]
    return f", {', '.join(limits)}" if limits else ""


def main() -> None:
    """Print the page."""
    print(reference(yaml.safe_load(SCHEMA.read_text())), end="")


if __name__ == "__main__":
    main()
