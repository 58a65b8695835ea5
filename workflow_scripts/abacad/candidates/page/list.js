/* The list of candidates: sorted, filtered, one of them chosen. */

const GLYPHS = { candidate: "◆", rfi: "✕", unsure: "?" };

const ORDERS = {
  rank: (candidate) => candidate.rank,
  spread: (candidate) => -candidate.spread,
  rate: (candidate) => candidate.false_positive_rate,
  snr: (candidate) => -(candidate.hits[0]?.snr ?? 0),
  drift: (candidate) => -Math.abs(candidate.hits[0]?.drift_rate ?? 0),
  id: (candidate) => candidate.id,
};

class CandidateList {
  constructor(data, verdicts, chosen) {
    this.data = data;
    this.verdicts = verdicts;
    this.chosen = chosen; // (candidate): called when another one is chosen
    this.list = document.getElementById("list");
    this.current = null;
    this.shown = [];
    this.rows = new Map(data.candidates.map((candidate) => [candidate.id, this.makeRow(candidate)]));
    for (const name of ["filter-text", "filter-reason", "filter-verdict", "filter-score", "sort"]) {
      document.getElementById(name).addEventListener("input", () => this.refresh());
    }
    document.getElementById("filters").addEventListener("submit", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const row = event.target.closest("[role=option]");
      if (row) this.choose(row.dataset.id);
    });
    this.list.addEventListener("keydown", (event) => this.onKey(event));
  }

  makeRow(candidate) {
    const first = Object.keys(this.data.run.layers)[0];
    const smallest = 1 / this.data.run.negatives;
    const row = element("li", { role: "option", "aria-selected": "false", tabindex: "-1", "data-id": candidate.id });
    const source = picturePath(this.data.run, candidate.id, first);
    row.append(
      element("img", { loading: "lazy", decoding: "async", alt: "", width: 36, height: 52, src: source }),
      element("span", { class: "number" }, `#${candidate.rank}`),
      element("span", { class: "id" }, candidate.id),
      element("span", { class: "reason", "data-reason": candidate.reason }, reasonName(candidate.reason)),
      element("span", { class: "rate" }, percent(candidate.false_positive_rate, smallest)),
      element("span", { class: "said" }),
    );
    return row;
  }

  mark(id) {
    const row = this.rows.get(id);
    if (!row) return;
    const { verdict, note } = this.verdicts.get(id);
    const said = row.querySelector(".said");
    said.dataset.verdict = verdict;
    said.replaceChildren(
      element("span", { "aria-hidden": "true" }, verdict ? GLYPHS[verdict] : ""),
      element("span", { class: "unseen" }, verdict ? VERDICTS[verdict] : "not vetted"),
    );
    row.classList.toggle("noted", Boolean(note));
  }

  markAll() {
    for (const id of this.rows.keys()) this.mark(id);
  }

  /* Sort and filter anew. A verdict alone does not: what was just vetted is to stay where it is. */
  refresh() {
    const value = (id) => document.getElementById(id).value;
    const text = value("filter-text").trim().toLowerCase();
    const reason = value("filter-reason");
    const wanted = value("filter-verdict");
    const least = Number(value("filter-score")) || 0;
    const key = ORDERS[value("sort")];
    const fits = (candidate) => {
      const { verdict, note } = this.verdicts.get(candidate.id);
      const partners = (candidate.partners ?? []).map((partner) => partner.id);
      const facts = (candidate.facts ?? []).flatMap(([, ...told]) => told);
      const words = [candidate.id, candidate.path ?? "", ...partners, note, ...facts].join(" ").toLowerCase();
      return (
        words.includes(text) &&
        (!reason || candidate.reason === reason) &&
        (!wanted || (wanted === "none" ? !verdict : verdict === wanted)) &&
        candidate.score >= least
      );
    };
    const compare = (one, other) => {
      const [a, b] = [key(one), key(other)];
      return a < b ? -1 : a > b ? 1 : one.rank - other.rank;
    };
    this.shown = this.data.candidates.filter(fits).sort(compare);
    this.list.replaceChildren(...this.shown.map((candidate) => this.rows.get(candidate.id)));
    const total = this.data.candidates.length;
    document.getElementById("count").textContent =
      this.shown.length === total ? `${total} candidates` : `${this.shown.length} of ${total} candidates`;
    if (!this.shown.includes(this.current) && this.shown.length) this.choose(this.shown[0].id);
    else this.keepReachable();
  }

  choose(id) {
    const candidate = this.data.candidates.find((one) => one.id === id);
    if (!candidate) return;
    if (this.current) this.rows.get(this.current.id).setAttribute("aria-selected", "false");
    this.current = candidate;
    const row = this.rows.get(id);
    row.setAttribute("aria-selected", "true");
    this.keepReachable();
    row.scrollIntoView({ block: "nearest" });
    if (this.list.contains(document.activeElement)) row.focus({ preventScroll: true });
    this.chosen(candidate);
  }

  /* One row alone is reached by Tab: the chosen one, or the first. */
  keepReachable() {
    this.list.querySelector("[tabindex='0']")?.setAttribute("tabindex", "-1");
    const reachable = this.shown.includes(this.current) ? this.current : this.shown[0];
    if (reachable) this.rows.get(reachable.id).setAttribute("tabindex", "0");
  }

  step(by) {
    if (!this.shown.length) return false;
    const place = this.shown.indexOf(this.current) + by;
    if (place < 0 || place >= this.shown.length) return false;
    this.choose(this.shown[place].id);
    return true;
  }

  next() {
    return this.shown[this.shown.indexOf(this.current) + 1];
  }

  onKey(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };
    if (!(event.key in steps) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const last = this.shown.length - 1;
    const place = Math.max(0, Math.min(last, this.shown.indexOf(this.current) + steps[event.key]));
    if (last >= 0) this.choose(this.shown[place].id);
  }
}
