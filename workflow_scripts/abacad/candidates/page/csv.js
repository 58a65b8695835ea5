/* Comma-separated text in, rows out, and back, as RFC 4180 has it. */

function parseCsv(text) {
  const rows = [];
  let row = [];
  let value = "";
  let quoted = false;
  const source = text.replace(/^\uFEFF/, "");
  for (let at = 0; at < source.length; at++) {
    const character = source[at];
    if (quoted) {
      if (character !== '"') value += character;
      else if (source[at + 1] === '"') value += source[++at];
      else quoted = false;
    } else if (character === '"') {
      quoted = true;
    } else if (character === ",") {
      row.push(value);
      value = "";
    } else if (character === "\n") {
      rows.push([...row, value]);
      row = [];
      value = "";
    } else if (character !== "\r") {
      value += character;
    }
  }
  if (quoted) throw new Error("a quoted value has no end");
  if (value || row.length) rows.push([...row, value]);
  return rows.filter((one) => one.some((each) => each.trim()));
}

function writeCsv(rows) {
  const written = (value) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  return rows.map((row) => row.map((value) => written(String(value))).join(",") + "\n").join("");
}
