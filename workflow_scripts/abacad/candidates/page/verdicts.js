/* What the person says of each cadence, kept in the browser; as CSV out of it and into it. */

const VERDICTS = { candidate: "candidate", rfi: "RFI", unsure: "unsure" };
const VERDICT_COLUMNS = ["collection", "id", "verdict", "note", "time"];

class Verdicts {
  /* {id: {verdict, note, time}}; a note may stand without a verdict, which is "" then. */
  constructor({ key, collection }) {
    this.key = `${key}/verdicts`;
    this.collection = collection;
    this.kept = true;
    this.read();
  }

  read() {
    this.of = new Map();
    try {
      this.of = new Map(Object.entries(JSON.parse(localStorage.getItem(this.key)) ?? {}));
    } catch {
      this.kept = false;
    }
  }

  get(id) {
    return this.of.get(id) ?? { verdict: "", note: "", time: "" };
  }

  set(id, change) {
    const said = { ...this.get(id), ...change, time: new Date().toISOString() };
    if (said.verdict || said.note) this.of.set(id, said);
    else this.of.delete(id);
    this.write();
  }

  write() {
    try {
      localStorage.setItem(this.key, JSON.stringify(Object.fromEntries(this.of)));
      this.kept = true;
    } catch {
      this.kept = false;
    }
  }

  count(ids) {
    return ids.filter((id) => this.get(id).verdict).length;
  }

  toCsv() {
    const ids = [...this.of.keys()].sort();
    const rows = ids.map((id) => {
      const { verdict, note, time } = this.get(id);
      return [this.collection, id, verdict, note, time];
    });
    return writeCsv([VERDICT_COLUMNS, ...rows]);
  }

  /* Take the verdicts of a CSV in. Where one differs from what is here, the later one is kept. */
  merge(text) {
    const [header, ...rows] = parseCsv(text);
    const place = Object.fromEntries(VERDICT_COLUMNS.map((name) => [name, (header ?? []).indexOf(name)]));
    const missing = VERDICT_COLUMNS.filter((name) => place[name] < 0);
    if (missing.length) throw new Error(`it has no column ${missing.join(", ")}`);
    const read = rows.map((row) => {
      const said = Object.fromEntries(VERDICT_COLUMNS.map((name) => [name, (row[place[name]] ?? "").trim()]));
      if (said.verdict && !(said.verdict in VERDICTS)) {
        throw new Error(`${said.id} has the verdict ${said.verdict}; allowed: ${Object.keys(VERDICTS).join(", ")}`);
      }
      if (said.collection !== this.collection) {
        throw new Error(`${said.id} is of ${said.collection}, not of ${this.collection}`);
      }
      return said;
    });
    let differed = 0;
    for (const { id, verdict, note, time } of read) {
      const mine = this.of.get(id);
      if (mine && mine.verdict !== verdict) differed++;
      if (!mine || time >= mine.time) this.of.set(id, { verdict, note, time });
    }
    this.write();
    return { count: read.length, differed, ids: read.map((said) => said.id) };
  }
}
