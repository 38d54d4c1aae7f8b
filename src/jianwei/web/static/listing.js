// The page of a listing: pictures that zoom and move, lines that light up together with their frames, what is alike.
import { isTyping, readTrail } from "./desk.js";

const clamp = (value, low, high) => Math.min(Math.max(value, low), Math.max(low, high));

class Canvas {
  constructor(svg) {
    this.svg = svg;
    this.full = { x: 0, y: 0, width: Number(svg.dataset.width), height: Number(svg.dataset.height) };
    this.view = { ...this.full };
    svg.addEventListener("wheel", (event) => { if (event.ctrlKey || event.metaKey || this.zoomed || event.shiftKey) { event.preventDefault(); this.zoom(event.deltaY < 0 ? 1.2 : 1 / 1.2, this.at(event)); } }, { passive: false });
    svg.addEventListener("dblclick", (event) => this.zoom(2, this.at(event)));
    svg.addEventListener("pointerdown", (event) => { if (this.zoomed) { this.grip = this.at(event); svg.setPointerCapture(event.pointerId); } });
    svg.addEventListener("pointermove", (event) => { if (this.grip) { const now = this.at(event); this.move(this.grip.x - now.x, this.grip.y - now.y); } });
    svg.addEventListener("pointerup", () => { this.grip = undefined; });
    svg.addEventListener("keydown", (event) => this.key(event));
  }
  get zoomed() { return this.view.width < this.full.width * 0.999; }
  at(event) { return new DOMPoint(event.clientX, event.clientY).matrixTransform(this.svg.getScreenCTM().inverse()); }
  show() { const { x, y, width, height } = this.view; this.svg.setAttribute("viewBox", `${x} ${y} ${width} ${height}`); this.svg.classList.toggle("zoomed", this.zoomed); }
  move(dx, dy) { this.view.x = clamp(this.view.x + dx, 0, this.full.width - this.view.width); this.view.y = clamp(this.view.y + dy, 0, this.full.height - this.view.height); this.show(); }
  zoom(factor, around) {
    const point = around ?? { x: this.view.x + this.view.width / 2, y: this.view.y + this.view.height / 2 };
    const width = clamp(this.view.width / factor, this.full.width / 40, this.full.width);
    const ratio = width / this.view.width;
    this.view = { x: point.x - (point.x - this.view.x) * ratio, y: point.y - (point.y - this.view.y) * ratio, width, height: this.view.height * ratio };
    if (!this.zoomed) this.view = { ...this.full };
    this.move(0, 0);
  }
  all() { this.view = { ...this.full }; this.show(); }
  key(event) {
    const step = this.view.width / 10;
    const acts = { "+": () => this.zoom(1.3), "=": () => this.zoom(1.3), "-": () => this.zoom(1 / 1.3), 0: () => this.all(), ArrowLeft: () => this.move(-step, 0), ArrowRight: () => this.move(step, 0), ArrowUp: () => this.move(0, -step), ArrowDown: () => this.move(0, step) };
    const act = acts[event.key];
    if (act && (this.zoomed || !event.key.startsWith("Arrow"))) { event.preventDefault(); act(); }
  }
}

const decide = document.getElementById("decide");
const viewer = document.getElementById("viewer");
for (const plate of viewer.querySelectorAll(".plate")) {
  const canvas = new Canvas(plate.querySelector(".canvas"));
  plate.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.zoom === "in") canvas.zoom(1.5);
    else if (button?.dataset.zoom === "out") canvas.zoom(1 / 1.5);
    else if (button?.dataset.zoom === "all") canvas.all();
    else if (button && "boxes" in button.dataset) button.setAttribute("aria-pressed", String(!canvas.svg.classList.toggle("no-boxes")));
  });
  const light = (event, on) => { const key = event.target.closest("[data-line]")?.dataset.line; if (key) for (const node of plate.querySelectorAll(`[data-line="${CSS.escape(key)}"]`)) node.classList.toggle("lit", on); };
  plate.addEventListener("pointerover", (event) => light(event, true));
  plate.addEventListener("pointerout", (event) => light(event, false));
}

const tabs = [...viewer.querySelectorAll('[role="tab"]')];
function open(index) {
  tabs.forEach((tab, place) => {
    tab.setAttribute("aria-selected", String(place === index));
    tab.tabIndex = place === index ? 0 : -1;
    document.getElementById(tab.getAttribute("aria-controls")).hidden = place !== index;
  });
}
tabs.forEach((tab, index) => {
  tab.addEventListener("click", () => open(index));
  tab.addEventListener("keydown", (event) => {
    const next = { ArrowRight: index + 1, ArrowLeft: index - 1 }[event.key];
    if (next !== undefined && tabs[next]) { open(next); tabs[next].focus(); }
  });
});
const found = [...viewer.querySelectorAll(".plate")].findIndex((plate) => plate.querySelector(".line.found"));
if (found > 0 && tabs.length) open(found); else if (tabs.length) open(0);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const now = tabs.findIndex((tab) => tab.getAttribute("aria-selected") === "true");
  if (event.key === "j" && tabs[now + 1]) open(now + 1);
  else if (event.key === "k" && tabs[now - 1]) open(now - 1);
  else if (event.key === "n") document.getElementById("trail-next")?.click();
  else if (event.key === "p") document.getElementById("trail-previous")?.click();
  else if (event.key === "c") document.querySelector('#decide [value="confirm"]')?.click();
  else if (event.key === "d" && decide) { event.preventDefault(); decide.elements.reason.focus(); }
});

// Whoever came from a list goes on along it: n and p.
const nav = document.getElementById("trail");
const trail = nav && readTrail();
if (trail) {
  const link = (href, text, key) => { const node = Object.assign(document.createElement("a"), { className: "quiet", href, textContent: text }); if (key) { node.id = `trail-${key}`; node.setAttribute("aria-keyshortcuts", key[0]); } nav.append(node); };
  link(trail.list, nav.dataset.back);
  if (trail.here > 0) link(trail.items[trail.here - 1], `‹ ${nav.dataset.previous}`, "previous");
  nav.append(Object.assign(document.createElement("span"), { className: "num soft small", textContent: `${trail.here + 1} / ${trail.items.length}` }));
  if (trail.here + 1 < trail.items.length) link(trail.items[trail.here + 1], `${nav.dataset.next} ›`, "next");
}

// What takes a search comes after the page, one after the other.
async function fill(place) {
  try {
    const answer = await fetch(place.dataset.from, { headers: { Accept: "text/html" } });
    if (answer.ok && !answer.redirected) place.innerHTML = await answer.text(); else place.replaceChildren();
  } catch { place.replaceChildren(); }
}
fill(document.getElementById("like-cases")).then(() => fill(document.getElementById("alike")));

decide?.elements.reason.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); decide.querySelector('[value="dismiss"]').click(); } });
// A dismissal without a reason is stopped here, in the words of the browser; the desk would refuse it too.
decide?.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) decide.elements.reason.required = button.value === "dismiss";
});
