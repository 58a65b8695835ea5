/* The page as a whole: what is chosen is shown, and what the person does is kept. */

const PREFERENCES = "abacad/preferences";

class Page {
  constructor(data) {
    this.data = data;
    this.find = (id) => document.getElementById(id);
    this.verdicts = new Verdicts(data.run);
    this.hit = 0;
    defineColours(this.find("colours"));
    this.waterfall = new Waterfall(this.find("waterfall"), data);
    this.facts = new Facts(data, (id) => this.list.choose(id));
    this.list = new CandidateList(data, this.verdicts, (candidate) => this.show(candidate));
    this.makeLayers();
    this.readPreferences();
    this.listen();
    this.list.markAll();
    this.list.choose(location.hash.slice(1));
    this.list.refresh();
    this.showProgress();
    if (!this.verdicts.kept) this.say("This browser keeps nothing: export your verdicts before you close the page.");
  }

  /* what is shown */

  makeLayers() {
    Object.entries(this.data.run.layers).forEach(([name, title], number) => {
      const input = element("input", { type: "radio", name: "layer", value: name, id: `layer-${name}` });
      const keys = number < 9 ? { "aria-keyshortcuts": String(number + 1) } : {};
      for (const [key, value] of Object.entries(keys)) input.setAttribute(key, value);
      input.checked = number === 0;
      input.addEventListener("change", () => this.showView());
      this.find("layers").append(input, element("label", { for: `layer-${name}` }, title));
    });
    const overlay = this.find("overlay");
    if (!this.data.run.grad_cam) {
      overlay.disabled = true;
      overlay.closest("label").title = "No Grad-CAM was made for these candidates";
    }
  }

  get view() {
    const layer = this.find("layers").querySelector(":checked").value;
    return {
      layer,
      colours: this.find("colour-map").value,
      overlay: this.find("overlay").checked && this.data.run.grad_cam,
      track: this.find("track").checked,
      hit: this.list.current.hits[this.hit],
    };
  }

  show(candidate) {
    this.hit = 0;
    this.find("note").value = this.verdicts.get(candidate.id).note;
    this.showFacts();
    this.showView();
    this.showVerdict();
    history.replaceState(null, "", `#${candidate.id}`);
    const next = this.list.next();
    if (next) new Image().src = picturePath(this.data.run, next.id, this.view.layer);
  }

  showFacts() {
    this.facts.show(this.list.current, this.hit, (number) => {
      this.hit = number;
      this.showFacts();
      this.showView();
      this.find("hits").querySelectorAll("button")[number].focus();
    });
  }

  showView() {
    if (!this.list.current) return;
    this.waterfall.show(this.list.current, this.view);
    this.writePreferences();
  }

  showVerdict() {
    const { verdict } = this.verdicts.get(this.list.current.id);
    for (const button of document.querySelectorAll("[data-verdict][aria-pressed]")) {
      button.setAttribute("aria-pressed", String(button.dataset.verdict === verdict));
    }
  }

  showProgress() {
    const ids = this.data.candidates.map((candidate) => candidate.id);
    const vetted = this.verdicts.count(ids);
    this.find("progress").value = vetted;
    this.find("progress-text").textContent = `${vetted} of ${ids.length} vetted`;
  }

  say(text) {
    const status = this.find("status");
    status.textContent = text;
    clearTimeout(this.silence);
    this.silence = setTimeout(() => (status.textContent = ""), 8000);
  }

  /* what the person does */

  vet(verdict) {
    const { id } = this.list.current;
    this.verdicts.set(id, { verdict });
    this.list.mark(id);
    this.showVerdict();
    this.showProgress();
    const last = verdict && this.find("go-on").checked && !this.list.step(1) ? "; this is the last one" : "";
    this.say(`${id}: ${verdict ? VERDICTS[verdict] : "not vetted"}${last}`);
  }

  note(text) {
    const { id } = this.list.current;
    this.verdicts.set(id, { note: text.trim() });
    this.list.mark(id);
  }

  export() {
    const content = new Blob([this.verdicts.toCsv()], { type: "text/csv" });
    const link = element("a", { href: URL.createObjectURL(content), download: `verdicts-${this.data.run.name}.csv` });
    link.click();
    URL.revokeObjectURL(link.href);
    this.say(`${this.verdicts.of.size} verdicts exported`);
  }

  async import(file) {
    try {
      const { count, differed, ids } = this.verdicts.merge(await file.text());
      const unknown = ids.filter((id) => !this.list.rows.has(id)).length;
      const parts = [`${count} verdicts imported`];
      if (differed) parts.push(`${differed} differed from yours: the later one is kept`);
      if (unknown) parts.push(`${unknown} are of ${this.data.run.called} that are not on this page`);
      this.refreshVerdicts();
      this.say(parts.join("; "));
    } catch (error) {
      this.say(`${file.name} is not imported: ${error.message}`);
    }
  }

  refreshVerdicts() {
    this.list.markAll();
    this.list.refresh();
    this.showVerdict();
    this.showProgress();
    this.find("note").value = this.verdicts.get(this.list.current.id).note;
  }

  nextLayer() {
    const inputs = [...this.find("layers").querySelectorAll("input")];
    const place = inputs.findIndex((input) => input.checked);
    this.pick(inputs[(place + 1) % inputs.length]);
  }

  pick(input) {
    if (!input) return;
    input.checked = true;
    this.showView();
  }

  toggle(id) {
    const box = this.find(id);
    if (!box.disabled) box.click();
  }

  showList(shown) {
    document.body.classList.toggle("listed", shown);
    this.find("show-list").setAttribute("aria-expanded", String(shown));
  }

  listen() {
    const on = (id, event, action) => this.find(id).addEventListener(event, action);
    on("previous", "click", () => this.list.step(-1));
    on("next", "click", () => this.list.step(1));
    on("export", "click", () => this.export());
    on("import", "click", () => this.find("import-file").click());
    on("import-file", "change", (event) => {
      if (event.target.files.length) this.import(event.target.files[0]);
      event.target.value = "";
    });
    on("show-help", "click", () => this.find("help").showModal());
    on("show-list", "click", () => this.showList(!document.body.classList.contains("listed")));
    on("list", "click", () => this.showList(false));
    on("note", "input", (event) => this.note(event.target.value));
    for (const id of ["track", "overlay", "colour-map"]) on(id, "change", () => this.showView());
    for (const id of ["go-on", "shortcuts"]) on(id, "change", () => this.writePreferences());
    for (const button of document.querySelectorAll("[data-verdict][aria-pressed]")) {
      button.addEventListener("click", () => {
        const taken = button.getAttribute("aria-pressed") === "true";
        this.vet(taken ? "" : button.dataset.verdict);
      });
    }
    addEventListener("keydown", (event) => this.onKey(event));
    addEventListener("hashchange", () => this.list.choose(location.hash.slice(1)));
    addEventListener("storage", (event) => {
      if (event.key !== this.verdicts.key) return; // another tab of this page
      this.verdicts.read();
      this.refreshVerdicts();
    });
  }

  onKey(event) {
    const { target, key } = event;
    if (key === "Escape" && target === this.find("note")) this.find("candidate").focus();
    const typing = target.matches("textarea, select, input:not([type=checkbox], [type=radio])");
    if (typing || event.ctrlKey || event.altKey || event.metaKey || this.find("help").open) return;
    if (target.matches("[type=radio]") && key.startsWith("Arrow")) return;
    const letters = {
      j: () => this.list.step(1),
      k: () => this.list.step(-1),
      c: () => this.vet("candidate"),
      r: () => this.vet("rfi"),
      u: () => this.vet("unsure"),
      x: () => this.vet(""),
      n: () => this.find("note").focus(),
      l: () => this.nextLayer(),
      g: () => this.toggle("overlay"),
      t: () => this.toggle("track"),
      "/": () => this.find("filter-text").focus(),
      "?": () => this.find("help").showModal(),
    };
    const always = { ArrowRight: letters.j, ArrowLeft: letters.k };
    let action = always[key];
    if (this.find("shortcuts").checked) {
      action ??= letters[key.toLowerCase()];
      if (/^[1-9]$/.test(key)) action = () => this.pick(this.find("layers").querySelectorAll("input")[key - 1]);
    }
    if (!action) return;
    event.preventDefault();
    action();
  }

  /* what is kept of how the page looks */

  readPreferences() {
    let kept = {};
    try {
      kept = JSON.parse(localStorage.getItem(PREFERENCES)) ?? {};
    } catch {
      return;
    }
    for (const id of ["track", "overlay", "go-on", "shortcuts"]) {
      if (typeof kept[id] === "boolean" && !this.find(id).disabled) this.find(id).checked = kept[id];
    }
    if (kept.layer in this.data.run.layers) this.find(`layer-${kept.layer}`).checked = true;
    if (kept.colours === "grey" || kept.colours in COLOUR_MAPS) this.find("colour-map").value = kept.colours;
  }

  writePreferences() {
    const kept = { layer: this.view.layer, colours: this.view.colours };
    for (const id of ["track", "overlay", "go-on", "shortcuts"]) kept[id] = this.find(id).checked;
    try {
      localStorage.setItem(PREFERENCES, JSON.stringify(kept));
    } catch {
      // the page works without
    }
  }
}

const page = new Page(JSON.parse(document.getElementById("data").textContent));
