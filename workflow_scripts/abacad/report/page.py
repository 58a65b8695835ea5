"""A table in, a page of HTML out that needs nothing else: a click on a column's name sorts by it."""

from collections.abc import Mapping, Sequence
from html import escape
from string import Template

DIGITS = 4  # of fractions, at most; the whole number is told where the pointer is

PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>$title</title>
<style>
body { font: 14px/1.4 sans-serif; margin: 1rem; color: #111; background: #fff; }
table { border-collapse: collapse; }
th, td { padding: 0.25rem 0.6rem; border-bottom: 1px solid #ddd; text-align: left; white-space: nowrap; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
td.long { white-space: normal; min-width: 20rem; }
thead th { position: sticky; top: 0; background: #f2f2f2; }
th button { font: inherit; font-weight: bold; border: 0; padding: 0; background: none; cursor: pointer; }
th[aria-sort=ascending] button::after { content: " \\2191"; }
th[aria-sort=descending] button::after { content: " \\2193"; }
</style>
</head>
<body>
<h1>$title</h1>
<table>
<thead><tr>$header</tr></thead>
<tbody>
$rows
</tbody>
</table>
<script>
const body = document.querySelector("tbody");
const heads = [...document.querySelectorAll("thead th")];
heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
  const falling = head.getAttribute("aria-sort") === "ascending";
  heads.forEach((other) => other.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", falling ? "descending" : "ascending");
  const value = (row) => row.cells[column].dataset.value;
  const rows = [...body.rows].sort((one, other) => {
    const [a, b] = [value(one), value(other)];
    if (a === "" || b === "") return (a === "") - (b === "");  // empty cells stay last
    const [x, y] = [Number(a), Number(b)];
    const order = isNaN(x) || isNaN(y) ? a.localeCompare(b) : x - y;
    return falling ? -order : order;
  });
  body.append(...rows);
}));
</script>
</body>
</html>
""")

LONG = 40  # characters, from which on a cell may have several lines


def sortable_page(title: str, columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> str:
    """The page of a table whose cells are text; longer fractions are rounded to `DIGITS` digits."""
    header = "".join(
        f'<th scope="col"><button type="button">{escape(name)}</button></th>' for name in columns
    )
    lines = ["<tr>" + "".join(_cell(row[name] or "") for name in columns) + "</tr>" for row in rows]
    return PAGE.substitute(title=escape(title), header=header, rows="\n".join(lines))


def _cell(text: str) -> str:
    kind = "long" if len(text) > LONG else ""
    shown = text
    try:
        number = float(text)
    except ValueError:
        pass
    else:
        kind = "number"
        if len(text.partition(".")[2]) > DIGITS:
            shown = f"{number:.{DIGITS}f}"
    marked = f' class="{kind}"' if kind else ""
    return f'<td{marked} data-value="{escape(text)}" title="{escape(text)}">{escape(shown)}</td>'
