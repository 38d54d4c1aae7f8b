// The search page: pictures by drop, paste and file, filters that apply at once, more hits when the end comes near,
// keys, choosing, a region of the query picture.
import { decide } from "./decide.js";
import { csrf, isTyping } from "./desk.js";

const form = document.getElementById("search");
const status = document.getElementById("search-status");
const words = document.getElementById("words");
const hits = document.getElementById("hits");
const exports = document.getElementById("export");

const busy = (text) => { status.textContent = text; status.classList.add("busy"); };
const trouble = (text) => { status.textContent = text; status.classList.remove("busy"); };

// An address of this search: what is at its default stays out of it.
function address() {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value && typeof value === "string" && !(name === "sort" && value === "relevance")) query.append(name, value);
  for (const slider of form.querySelectorAll("[data-channel]")) if (slider.value !== "1") query.append("weight", `${slider.dataset.channel}=${slider.value}`);
  return query;
}

function go() { busy(status.dataset.loading); location.assign(`/search?${address()}`); }

async function searchWith(body) {
  busy(status.dataset.reading);
  try {
    const answer = await fetch("/api/v1/query-pictures", { method: "POST", body, headers: { "X-CSRF-Token": csrf(), "Accept-Language": document.documentElement.lang } });
    const said = await answer.json();
    if (!answer.ok) return trouble(said.error.message);
    const query = address();
    query.set("picture", said.picture);
    query.delete("region");
    if (/^https?:\/\//i.test(query.get("words") ?? "")) query.delete("words");
    location.assign(`/search?${query}`);
  } catch { trouble(status.dataset.failed); }
}

function searchWithFile(file) {
  const body = new FormData();
  body.append("file", file, file.name || "pasted");
  return searchWith(body);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (/^https?:\/\/\S+$/i.test(words.value.trim())) {
    const body = new FormData();
    body.append("url", words.value.trim());
    searchWith(body);
  } else go();
});
document.getElementById("picture-file").addEventListener("change", (event) => { if (event.target.files[0]) searchWithFile(event.target.files[0]); });
document.addEventListener("paste", (event) => {
  const file = [...event.clipboardData.files].find((item) => item.type.startsWith("image/"));
  if (file) { event.preventDefault(); searchWithFile(file); }
});

const veil = document.getElementById("drop-veil");
let depth = 0;
const holdsFiles = (event) => [...(event.dataTransfer?.types ?? [])].some((type) => type === "Files" || type === "text/uri-list");
document.addEventListener("dragenter", (event) => { if (holdsFiles(event)) { depth += 1; veil.hidden = false; } });
document.addEventListener("dragleave", () => { depth = Math.max(0, depth - 1); veil.hidden = depth === 0; });
document.addEventListener("dragover", (event) => { if (holdsFiles(event)) event.preventDefault(); });
document.addEventListener("drop", (event) => {
  depth = 0; veil.hidden = true;
  const file = event.dataTransfer.files[0];
  const uri = event.dataTransfer.getData("text/uri-list").split("\n")[0];
  if (!file && !uri) return;
  event.preventDefault();
  if (file) searchWithFile(file);
  else { const body = new FormData(); body.append("url", uri); searchWith(body); }
});

// Filters apply at once where there is room beside the hits; on a phone with the button.
const wide = matchMedia("(min-width: 761px)");
const filters = document.getElementById("filters");
if (!wide.matches) filters.open = false;
filters.classList.add("settled");
filters.addEventListener("change", () => { if (wide.matches) go(); });
for (const slider of form.querySelectorAll("[data-channel]")) slider.addEventListener("input", () => { slider.parentElement.querySelector("output").textContent = slider.value; });

// More hits before the end is reached.
async function more(item) {
  if (item.dataset.busy) return;
  item.dataset.busy = "1";
  try {
    const answer = await fetch(item.dataset.next, { headers: { Accept: "text/html" } });
    const piece = document.createElement("template");
    piece.innerHTML = await answer.text();
    item.replaceWith(piece.content);
    watchEnd();
  } catch { delete item.dataset.busy; }
}
const watcher = new IntersectionObserver((entries) => entries.forEach((entry) => { if (entry.isIntersecting) { watcher.unobserve(entry.target); more(entry.target); } }), { rootMargin: "600px" });
function watchEnd() {
  const item = hits?.querySelector(".more");
  if (item) setTimeout(() => watcher.observe(item), 1000 * Number(item.dataset.wait ?? 0));  // a busy desk says when
}
watchEnd();

// Keys: j k walk, Enter opens, x chooses, c confirms, d dismisses.
let current = -1;
function cards() { return hits ? [...hits.querySelectorAll(".hit")] : []; }
function select(index) {
  const all = cards();
  if (!all.length) return;
  all[current]?.classList.remove("current");
  current = Math.min(Math.max(index, 0), all.length - 1);
  all[current].classList.add("current");
  all[current].querySelector(".hit-open").focus({ preventScroll: true });
  all[current].scrollIntoView({ block: "nearest" });
}
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "j") select(current + 1);
  else if (event.key === "k") select(current - 1);
  else if (event.key === "x" && cards()[current]) cards()[current].querySelector(".hit-choose")?.click();
  else if ((event.key === "c" || event.key === "d") && cards()[current]) { event.preventDefault(); decide(cards()[current], event.key === "c" ? "confirm" : "dismiss"); }
});
hits?.addEventListener("focusin", (event) => {
  const index = cards().indexOf(event.target.closest(".hit"));
  if (index >= 0 && index !== current) { cards()[current]?.classList.remove("current"); current = index; }
});

// What is chosen goes out; nothing chosen means everything.
function count() {
  if (!exports) return;
  const chosen = document.querySelectorAll(".hit-choose:checked").length;
  document.getElementById("chosen").textContent = chosen ? exports.dataset.some.replace("#", chosen) : exports.dataset.none;
}
hits?.addEventListener("change", (event) => {
  if (!event.target.matches(".hit-choose")) return;
  event.stopPropagation();
  event.target.closest(".hit").classList.toggle("is-chosen", event.target.checked);
  count();
});

// A region of the query picture.
const dialog = document.getElementById("region");
if (dialog) {
  const canvas = document.getElementById("region-canvas");
  const shown = document.getElementById("query-picture");
  const picture = document.querySelector("#region-open img");
  const draw = (name, attributes) => { const node = document.createElementNS("http://www.w3.org/2000/svg", name); for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value); canvas.append(node); return node; };
  let frame, start, box;
  document.getElementById("region-open").addEventListener("click", () => {
    const [width, height] = [picture.naturalWidth, picture.naturalHeight];
    canvas.replaceChildren();
    canvas.setAttribute("viewBox", `0 0 ${width} ${height}`);
    draw("image", { href: picture.src, width, height });
    frame = draw("rect", { class: "frame", x: 0, y: 0, width: 0, height: 0 });
    dialog.showModal();
  });
  const at = (event) => { const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(canvas.getScreenCTM().inverse()); return [Math.min(Math.max(point.x / picture.naturalWidth, 0), 1), Math.min(Math.max(point.y / picture.naturalHeight, 0), 1)]; };
  canvas.addEventListener("pointerdown", (event) => { start = at(event); canvas.setPointerCapture(event.pointerId); });
  canvas.addEventListener("pointermove", (event) => {
    if (!start) return;
    const end = at(event);
    box = [Math.min(start[0], end[0]), Math.min(start[1], end[1]), Math.abs(end[0] - start[0]), Math.abs(end[1] - start[1])];
    frame.setAttribute("x", box[0] * picture.naturalWidth); frame.setAttribute("y", box[1] * picture.naturalHeight);
    frame.setAttribute("width", box[2] * picture.naturalWidth); frame.setAttribute("height", box[3] * picture.naturalHeight);
  });
  canvas.addEventListener("pointerup", () => { start = undefined; });
  const use = (value) => { form.querySelector('input[name="region"]').value = value; dialog.close(); go(); };
  document.getElementById("region-cancel").addEventListener("click", () => dialog.close());
  document.getElementById("region-whole").addEventListener("click", () => use(""));
  document.getElementById("region-use").addEventListener("click", () => { if (box && box[2] > 0.01 && box[3] > 0.01) use(box.map((value) => value.toFixed(4)).join(",")); });
  if (shown.dataset.region) shown.title = shown.dataset.region;
}
