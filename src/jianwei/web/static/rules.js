// Screens a text while it is typed; without this script the button does the same with a new page.
import { csrf } from "./desk.js";

const form = document.getElementById("try");
const result = document.getElementById("tried");
let waiting;
async function screen() {
  const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { "X-CSRF-Token": csrf(), "X-Piece": "1", Accept: "text/html" } });
  if (answer.ok) result.innerHTML = await answer.text();
}
form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(screen, 250); });
form.addEventListener("submit", (event) => { event.preventDefault(); screen(); });
