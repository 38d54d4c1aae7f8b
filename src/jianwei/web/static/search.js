// The search page: pictures by drop, paste and file, filters that apply at once, more hits when the end comes near,
// keys, choosing, a region of the query picture. Another search takes the place of the shown one without a new page.
// What is not needed to show hits is loaded after them.
import { csrf, isTyping, keepTrail } from "./desk.js";

const deciding = new Promise((ready) => { addEventListener("load", () => setTimeout(() => ready(import("./decide.js")))); });
addEventListener("load", () => setTimeout(() => import("./export.js")));
const framing = async () => (part("region") ? (await import("./region.js")).prepareRegion(go) : undefined);
const PARTS = ["search", "export", "watch", "region"];  // what differs between two searches; ids of the page
const wide = matchMedia("(min-width: 761px)");
const part = (id) => document.getElementById(id);
function tell(text, isBusy) {
  part("search-status").textContent = text;
  part("search-status").classList.toggle("busy", isBusy);
  document.querySelector("#search .results").ariaBusy = String(isBusy);
}
const busy = (text) => tell(text, true);
const trouble = (text) => tell(text, false);

// An address of this search: what is at its default stays out of it.
function address() {
  const form = part("search");
  const query = new URLSearchParams();
  const isUsual = (name, value) => (name === "sort" && value === "relevance") || value === form.querySelector(`[name="${name}"][data-usual]`)?.dataset.usual;
  for (const [name, value] of new FormData(form)) if (value && typeof value === "string" && !isUsual(name, value)) query.append(name, value);
  for (const slider of form.querySelectorAll("[data-channel]")) if (slider.value !== "1") query.append("weight", `${slider.dataset.channel}=${slider.value}`);
  return query;
}

// Fetches a search and puts it in the place of the shown one; the newest wins. What is no search is opened as a page.
let asking, retrying;
let shown = location.pathname + location.search;
async function show(path, keep) {
  asking?.abort();
  clearTimeout(retrying);
  const own = asking = new AbortController();
  busy(part("search-status").dataset.loading);
  try {
    const answer = await fetch(path, { headers: { Accept: "text/html" }, signal: own.signal });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (answer.redirected || !page.getElementById("search")) return location.assign(path);
    const [picture] = await Promise.all([loaded(page.querySelector("#region-open img")), page.getElementById("region") && import("./region.js")]);
    if (own !== asking) return;
    if (keep) history.pushState(null, "", path);
    shown = path;
    const again = page.querySelector('meta[http-equiv="refresh"]');  // a busy desk says when
    again?.remove();
    if (again) retrying = setTimeout(() => show(path, false), 1000 * Number(again.content));
    put(page);
    if (picture) document.querySelector("#region-open img").replaceWith(picture);
    framing();
  } catch (error) { if (error.name !== "AbortError") trouble(part("search-status").dataset.failed); }
}

// The query picture, loaded: the frame of a region is drawn in its pixels.
async function loaded(image) {
  if (!image) return undefined;
  const picture = Object.assign(new Image(), { src: image.getAttribute("src"), alt: image.alt });
  await picture.decode().catch(() => undefined);
  return picture;
}

function put(page) {
  const focused = document.activeElement?.closest("#filters") ? document.activeElement : undefined;
  const scrolled = part("filters").scrollTop;
  const isOpen = part("filters").open;
  for (const id of PARTS) {
    const [before, after] = [part(id), page.getElementById(id)];
    if (before && after) before.replaceWith(after);
    else if (after) part("search").after(after);
    else before?.remove();
  }
  document.title = page.title;
  for (const input of document.querySelectorAll('.rail input[name="next"]')) input.value = location.pathname + location.search;
  bind(isOpen);
  part("told").textContent = part("search-status").textContent;
  part("filters").scrollTop = scrolled;
  scrollTo(0, 0);
  const same = focused && [...part("filters").querySelectorAll("input, select, button")].find((node) => node.name === focused.name && node.dataset.channel === focused.dataset.channel && (node.type !== "checkbox" || node.value === focused.value));
  same?.focus({ preventScroll: true });
}

function go() { if (part("search").reportValidity()) show(`/search?${address()}`, true); }
addEventListener("popstate", () => { const path = location.pathname + location.search; if (path !== shown) show(path, false); });

async function searchWith(body) {
  busy(part("search-status").dataset.reading);
  try {
    const answer = await fetch("/api/v1/query-pictures", { method: "POST", body, headers: { "X-CSRF-Token": csrf(), "Accept-Language": document.documentElement.lang } });
    const said = await answer.json();
    if (!answer.ok) return trouble(said.error.message);
    const query = address();
    query.set("picture", said.picture);
    query.delete("region");
    if (/^https?:\/\//i.test(query.get("words") ?? "")) query.delete("words");
    show(`/search?${query}`, true);
  } catch { trouble(part("search-status").dataset.failed); }
}

function searchWithFile(file) {
  const body = new FormData();
  body.append("file", file, file.name || "pasted");
  return searchWith(body);
}
function searchWithAddress(url) {
  const body = new FormData();
  body.append("url", url);
  return searchWith(body);
}

document.addEventListener("submit", (event) => {
  if (event.target !== part("search")) return;
  event.preventDefault();
  const words = part("words").value.trim();
  if (/^https?:\/\/\S+$/i.test(words)) searchWithAddress(words); else go();
});
// A link to another search, such as a chip that takes a condition away.
document.addEventListener("click", (event) => {
  const link = event.target.closest("#search a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || new URL(link.href).pathname !== "/search") return;
  event.preventDefault();
  show(link.getAttribute("href"), true);
});
document.addEventListener("change", (event) => {
  if (event.target.id === "picture-file" && event.target.files[0]) searchWithFile(event.target.files[0]);
  else if (event.target.matches(".hit-choose")) { event.target.closest(".hit").classList.toggle("is-chosen", event.target.checked); count(); }
  else if (wide.matches && event.target.closest("#filters")) go();  // on a phone with the button
});
document.addEventListener("input", (event) => { if (event.target.matches("#filters input[type=range]")) event.target.parentElement.querySelector("output").textContent = event.target.value; });
document.addEventListener("paste", (event) => {
  const file = [...event.clipboardData.files].find((item) => item.type.startsWith("image/"));
  if (file) { event.preventDefault(); searchWithFile(file); }
});

const veil = part("drop-veil");
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
  if (file) searchWithFile(file); else searchWithAddress(uri);
});

// More hits before the end is reached.
async function more(item) {
  if (item.dataset.busy) return;
  item.dataset.busy = "1";
  try {
    const answer = await fetch(item.dataset.next, { headers: { Accept: "text/html" } });
    if (answer.redirected) return location.reload();  // the session has ended
    const piece = document.createElement("template");
    piece.innerHTML = await answer.text();
    item.replaceWith(piece.content);
    watchEnd();
  } catch { delete item.dataset.busy; }
}
const watcher = new IntersectionObserver((entries) => entries.forEach((entry) => { if (entry.isIntersecting) { watcher.unobserve(entry.target); more(entry.target); } }), { rootMargin: "600px" });
function watchEnd() {
  const item = document.querySelector("#hits .more");
  if (item) setTimeout(() => watcher.observe(item), 1000 * Number(item.dataset.wait ?? 0));  // a busy desk says when
}

// Keys: j k walk, Enter opens, x chooses, c confirms, d dismisses.
let current = -1;
const cards = () => [...document.querySelectorAll("#hits .hit")];
function mark(index) {
  const all = cards();
  all[current]?.classList.remove("current");
  current = Math.min(Math.max(index, 0), all.length - 1);
  all[current]?.classList.add("current");
  return all[current];
}
function select(index) {
  const card = mark(index);
  card?.querySelector(".hit-open").focus({ preventScroll: true });
  card?.scrollIntoView({ block: "nearest" });
}
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
  const card = cards()[current];
  if (event.key === "j") select(current + 1);
  else if (event.key === "k") select(current - 1);
  else if (event.key === "x" && card) card.querySelector(".hit-choose")?.click();
  else if ((event.key === "c" || event.key === "d") && card) { event.preventDefault(); deciding.then(({ decide }) => decide(card, event.key === "c" ? "confirm" : "dismiss")); }
});
document.addEventListener("focusin", (event) => {
  const index = cards().indexOf(event.target.closest("#hits .hit"));
  if (index >= 0 && index !== current) mark(index);
});
document.addEventListener("click", (event) => { if (event.target.closest("#hits .hit-open")) keepTrail([...document.querySelectorAll("#hits .hit-open")]); });

// What is chosen goes out; nothing chosen means everything.
function count() {
  const exports = part("export");
  if (!exports) return;
  const chosen = document.querySelectorAll(".hit-choose:checked").length;
  part("chosen").textContent = chosen ? exports.dataset.some.replace("#", chosen) : exports.dataset.none;
}

// Makes the parts of a search work: those that came with the page, and those that take their place.
function bind(isOpen) {
  current = -1;
  depth = 0;
  part("filters").open = isOpen;
  part("filters").classList.add("settled");
  watchEnd();
}
bind(wide.matches);
framing();
