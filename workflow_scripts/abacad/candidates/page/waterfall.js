/* The six panels of a candidate, with axes, and the track of a hit beside them. */

/* Of 16 grey levels, dark to bright: each map's colours as matplotlib has them. */
const COLOUR_MAPS = {
  viridis:
    "440154 481a6c 472f7d 414487 39568c 31688e 2a788e 23888e 1f988b 22a884 35b779 54c568 7ad151 a5db36 d2e21b fde725",
  inferno:
    "000004 0c0826 240c4f 420a68 5d126e 781c6d 932667 ae305c c73e4c dd513a ed6925 f8850f fca50a fac62d f2e661 fcffa4",
  paper: "ffffff eeeeee dddddd cccccc bbbbbb aaaaaa 999999 888888 777777 666666 555555 444444 333333 222222 111111 000000",
};

const SVG = "http://www.w3.org/2000/svg";
const STRIP = 64; // width of the strip beside a panel, in its own units; a panel is 100 high
const BESIDE = 10; // bins of frequency to either side of the track in the picture that follows it

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function drawing(name, attributes = {}) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function defineColours(definitions) {
  for (const [name, colours] of Object.entries(COLOUR_MAPS)) {
    const filter = drawing("filter", { id: `map-${name}`, "color-interpolation-filters": "sRGB" });
    const transfer = drawing("feComponentTransfer");
    ["R", "G", "B"].forEach((channel, place) => {
      const values = colours.split(" ").map((colour) => parseInt(colour.slice(2 * place, 2 * place + 2), 16) / 255);
      transfer.append(drawing(`feFunc${channel}`, { type: "table", tableValues: values.join(" ") }));
    });
    filter.append(transfer);
    definitions.append(filter);
  }
}

function picturePath(run, id, layer) {
  return `${run.pictures}/${id}.${layer}.webp`;
}

class Waterfall {
  constructor(figure, { run, cadence }) {
    this.run = run;
    this.cadence = cadence;
    this.figure = figure;
    this.body = element("div", { class: "panels", role: "img" });
    this.panels = cadence.pointings.map((name, number) => this.makePanel(name, number));
    this.body.append(element("span", { class: "time-title" }, "time in the panel (s)"));
    this.body.append(...this.panels.map((panel) => panel.row), this.makeFrequencies());
    figure.append(this.body);
  }

  makePanel(name, number) {
    const side = this.cadence.on.includes(number) ? "on" : "off";
    const label = element("div", { class: "label" }, element("b", {}, name), side.toUpperCase());
    const times = element("div", { class: "times" });
    for (let time = 0; time < this.cadence.panelSeconds; time += 100) {
      const tick = element("span", {}, String(time));
      tick.style.top = `${(100 * time) / this.cadence.panelSeconds}%`;
      times.append(tick);
    }
    const [enters, leaves] = ["enters", "leaves"].map((way) => element("i", { class: `mark ${way}` }));
    const [layer, overlay] = ["layer", "overlay"].map((kind) => element("img", { class: kind, alt: "" }));
    this.cut(layer, number, this.cadence.rows);
    this.cut(overlay, number, this.cadence.mapRows);
    const view = element("div", { class: "view" }, element("div", { class: "window" }, layer, overlay), enters, leaves);
    layer.addEventListener("error", () => view.classList.add("missing"));
    layer.addEventListener("load", () => view.classList.remove("missing"));
    const strip = drawing("svg", { class: "strip", viewBox: `0 0 ${STRIP} 100`, preserveAspectRatio: "none" });
    const line = drawing("line", { "vector-effect": "non-scaling-stroke" });
    strip.append(line);
    const { rows } = this.cadence;
    const followed = element("canvas", { class: "followed", width: 2 * BESIDE + 1, height: rows });
    const snr = element("span", { class: "snr" });
    const beside = element("div", { class: "beside" }, strip, followed, snr);
    const row = element("div", { class: `panel ${side}` }, label, times, view, beside);
    return { number, row, layer, overlay, enters, leaves, line, followed, snr };
  }

  /* Let an image of all panels show one of them, of so many rows, in a window of its size. */
  cut(image, number, rows) {
    const { panels, guard } = this.cadence;
    const whole = rows + 2 * guard;
    image.style.height = `${(100 * panels * whole) / rows}%`;
    image.style.top = `${(-100 * (number * whole + guard)) / rows}%`;
  }

  makeFrequencies() {
    const axis = element("div", { class: "frequencies" });
    const band = this.cadence.bandHz / 1000;
    for (let frequency = 0; frequency < band; frequency += 100) {
      const tick = element("span", {}, String(frequency));
      tick.style.left = `${(100 * frequency) / band}%`;
      axis.append(tick);
    }
    axis.append(element("em", {}, "frequency from the lower edge (kHz)"));
    return axis;
  }

  /* view: {layer, overlay, track, hit, colours}; hit may be undefined */
  show(candidate, view) {
    const { overlay, track, hit } = view;
    this.body.setAttribute("aria-label", this.describe(candidate, view));
    this.body.dataset.colours = view.colours;
    this.body.style.setProperty("--map", view.colours === "grey" ? "none" : `url(#map-${view.colours})`);
    this.body.classList.toggle("tracked", Boolean(track && hit));
    this.body.classList.toggle("overlaid", overlay);
    for (const panel of this.panels) {
      setSource(panel.layer, picturePath(this.run, candidate.id, view.layer));
      if (overlay) setSource(panel.overlay, picturePath(this.run, candidate.id, "grad_cam"));
      panel.row.classList.toggle("not-stored", !this.isStored(panel, view.layer));
      panel.row.classList.toggle("not-seen", overlay && !candidate.seen.includes(panel.number));
      panel.snr.textContent = hit ? hit.panel_snr[panel.number].toFixed(1) : "";
      if (hit) this.drawTrack(panel, hit);
    }
    this.follow(hit);
  }

  /* Draw each row of the pictures moved by its drift, so that the track is upright, once they are loaded. */
  async follow(hit) {
    this.followedHit = hit;
    const { rows, guard, bins, rowSeconds, panelSeconds, panels, binHz } = this.cadence;
    const image = this.panels[0].layer;
    try {
      await image.decode();
    } catch {
      return; // it is missing, or another one is shown by now
    }
    if (this.followedHit !== hit) return;
    for (const { number, followed } of this.panels) {
      const context = followed.getContext("2d");
      context.clearRect(0, 0, followed.width, rows);
      for (let row = 0; hit && row < rows; row++) {
        const time = (number - panels / 2) * panelSeconds + (row + 0.5) * rowSeconds;
        const first = Math.floor((hit.frequency + hit.drift_rate * time) / binHz) - BESIDE;
        const from = Math.max(first, 0);
        const width = Math.min(first + followed.width, bins) - from;
        const at = number * (rows + 2 * guard) + guard + row;
        if (width > 0) context.drawImage(image, from, at, width, 1, from - first, row, width, 1);
      }
    }
    this.body.dataset.followed = image.getAttribute("src");
  }

  isStored(panel, layer) {
    return this.run.stored[layer].includes(panel.number);
  }

  drawTrack(panel, hit) {
    const start = (panel.number - this.cadence.panels / 2) * this.cadence.panelSeconds;
    const [enters, leaves] = [start, start + this.cadence.panelSeconds].map(
      (time) => (hit.frequency + hit.drift_rate * time) / this.cadence.bandHz,
    );
    place(panel.enters, enters);
    place(panel.leaves, leaves);
    const ends = { x1: STRIP * enters, y1: 0, x2: STRIP * leaves, y2: 100 };
    for (const [key, value] of Object.entries(ends)) panel.line.setAttribute(key, value);
  }

  describe(candidate, { layer, hit }) {
    const lacking = this.panels.filter((panel) => !this.isStored(panel, layer)).map(({ number }) => number + 1);
    const shown = lacking.length ? `; panels ${lacking.join(", ")} are not stored` : "";
    const named = `Waterfall of ${candidate.id}, ${this.run.layers[layer]}: six panels, ON and OFF in turn${shown}`;
    if (!hit) return `${named}; no straight line stands out`;
    const told = this.panels.map(({ number }) => {
      const side = this.cadence.on.includes(number) ? "ON" : "OFF";
      return `${this.cadence.pointings[number]} ${side} ${hit.panel_snr[number].toFixed(1)}`;
    });
    return `${named}; SNR of the line: ${told.join(", ")}`;
  }
}

function place(mark, share) {
  mark.hidden = !(share >= 0 && share <= 1); // the line may have left the band
  mark.style.left = `${100 * share}%`;
}

function setSource(image, path) {
  if (image.getAttribute("src") !== path) image.setAttribute("src", path);
}
