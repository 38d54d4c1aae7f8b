// Screens a text while it is typed; without this script the button does the same with a new page.
import { csrf } from "./desk.js";

const form = document.getElementById("try");
const result = document.getElementById("tried");
let waiting, asking;
function tell(text) { result.replaceChildren(Object.assign(document.createElement("p"), { className: "notice bad", textContent: text })); }
async function screen() {
  clearTimeout(waiting);
  asking?.abort();  // the newest text wins
  const own = asking = new AbortController();
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { "X-CSRF-Token": csrf(), "X-Piece": "1", "Accept-Language": document.documentElement.lang, Accept: "text/html" }, signal: own.signal });
    const text = await answer.text();
    if (answer.ok) result.innerHTML = text;
    else tell(new DOMParser().parseFromString(text, "text/html").querySelector("#main h1 + p")?.textContent ?? form.dataset.failed);
  } catch (error) { if (error.name !== "AbortError") tell(form.dataset.failed); }
}
form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(screen, 250); });
form.addEventListener("submit", (event) => { event.preventDefault(); screen(); });
