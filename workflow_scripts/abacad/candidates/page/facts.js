/* What is known of a candidate, in words and numbers. */

function percent(share, smallest) {
  if (share === 0) return `< ${percent(smallest)}`;
  const value = 100 * share;
  return `${value >= 10 ? value.toFixed(0) : value.toPrecision(2)} %`;
}

function reasonName(reason) {
  return reason.replace("_", " ");
}

class Facts {
  constructor(data, choose) {
    this.data = data;
    this.smallest = 1 / data.run.negatives;
    this.ids = new Set(data.candidates.map((candidate) => candidate.id));
    this.choose = choose; // (id): show another candidate
    this.find = (id) => document.getElementById(id);
    const known = new Set(data.candidates.flatMap(({ members }) => members.flatMap(Object.keys)));
    const heads = [...this.find("members").tHead.querySelectorAll("[data-of]")];
    for (const head of heads) head.hidden = !known.has(head.dataset.of);
    this.ofMembers = heads.map((head) => head.dataset.of).filter((name) => known.has(name));
  }

  show(candidate, chosenHit, chooseHit) {
    this.find("rank").textContent = `#${candidate.rank}`;
    this.find("id").textContent = candidate.id;
    this.find("reason").textContent = reasonName(candidate.reason);
    this.find("reason").dataset.reason = candidate.reason;
    this.find("path").textContent = candidate.path ?? "";
    this.find("file").hidden = !candidate.path;
    this.showScores(candidate);
    this.showHits(candidate, chosenHit, chooseHit);
    this.showPlace(candidate);
    if (this.data.run.partners) this.showPartners(candidate);
  }

  showScores(candidate) {
    const { run } = this.data;
    const rate = percent(candidate.false_positive_rate, this.smallest);
    const told = [
      ["score", candidate.score.toFixed(3), run.method],
      ["rank", candidate.rank.toLocaleString("en"), `of ${run.ranked.toLocaleString("en")}`],
      ["false positives", rate, `of ${run.negatives.toLocaleString("en")} ${run.rated_by}`],
      ["disagreement", candidate.spread.toFixed(2), `between members' ${run.spread}`],
    ];
    this.find("scores").replaceChildren(
      ...told.map(([name, value, of]) =>
        element("div", {}, element("dt", {}, name), element("dd", {}, element("b", {}, value), element("small", {}, of))),
      ),
    );
    const cells = {
      score: (score) => {
        const cell = element("td", { class: "bar" }, score.toFixed(3));
        cell.style.setProperty("--share", score);
        return cell;
      },
      rank: (rank) => element("td", {}, rank.toLocaleString("en")),
      false_positive_rate: (rate) => element("td", {}, percent(rate, this.smallest)),
    };
    const rows = candidate.members.map((member) =>
      element(
        "tr",
        {},
        element("th", { scope: "row" }, member.name),
        ...this.ofMembers.map((name) => cells[name](member[name])),
      ),
    );
    this.find("members").tBodies[0].replaceChildren(...rows);
  }

  showHits(candidate, chosenHit, chooseHit) {
    if (!candidate.hits.length) {
      this.find("hits").replaceChildren(element("p", { class: "none" }, "No straight line stands out."));
      return;
    }
    const rows = candidate.hits.map((hit, number) => {
      const button = element("button", { type: "button", "aria-pressed": String(number === chosenHit) });
      button.append(
        element("b", {}, `${hit.drift_rate.toFixed(1)} Hz/s`),
        element("span", {}, "mhz" in hit ? `${hit.mhz.toFixed(4)} MHz` : `at ${(hit.frequency / 1000).toFixed(1)} kHz`),
        element("span", {}, `SNR ${hit.snr.toFixed(1)}`),
        element("span", {}, `${((hit.width * this.data.cadence.binHz) / 1000).toFixed(1)} kHz wide`),
      );
      button.addEventListener("click", () => chooseHit(number));
      return element("li", {}, button);
    });
    this.find("hits").replaceChildren(element("ol", {}, ...rows));
  }

  showPlace({ facts = [] }) {
    this.find("place").hidden = !facts.length;
    const told = facts.flatMap(([name, value, of]) => {
      const shown = element("dd", {}, String(value));
      if (of) shown.append(" ", element("small", {}, of));
      return [element("dt", {}, name), shown];
    });
    this.find("facts").replaceChildren(...told);
  }

  showPartners(candidate) {
    if (!candidate.partners.length) {
      this.find("partners").replaceChildren(element("p", { class: "none" }, "With no other cadence, as far as is known."));
      return;
    }
    const rows = candidate.partners.map((partner) => {
      const told = `${partner.shared_columns} of ${this.data.cadence.bins} bins`;
      let name = element("span", { class: "id" }, partner.id);
      if (partner.collection === this.data.run.collection && this.ids.has(partner.id)) {
        name = element("button", { type: "button", class: "id link" }, partner.id);
        name.addEventListener("click", () => this.choose(partner.id));
      }
      return element("li", {}, element("span", {}, `${partner.collection} `), name, element("small", {}, told));
    });
    this.find("partners").replaceChildren(element("ul", {}, ...rows));
  }
}
