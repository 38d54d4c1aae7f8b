// The review queue: j k walk, Enter opens, c confirms, d dismisses; what is decided steps back and the next is taken.
import { decide } from "./decide.js";
import { isTyping, keepTrail } from "./desk.js";

const queue = document.getElementById("queue");
const items = () => (queue ? [...queue.querySelectorAll(".queue-item")] : []);
let current = -1;

function select(index) {
  const all = items();
  if (!all.length) return;
  all[current]?.classList.remove("current");
  current = Math.min(Math.max(index, 0), all.length - 1);
  all[current].classList.add("current");
  all[current].querySelector(".queue-open").focus({ preventScroll: true });
  all[current].scrollIntoView({ block: "nearest" });
}

async function act(item, decision) { if (await decide(item, decision)) select(items().indexOf(item) + 1); }

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "j") select(current + 1);
  else if (event.key === "k") select(current - 1);
  else if ((event.key === "c" || event.key === "d") && items()[current]) { event.preventDefault(); act(items()[current], event.key === "c" ? "confirm" : "dismiss"); }
});
queue?.addEventListener("click", (event) => { if (event.target.closest("a")) keepTrail([...queue.querySelectorAll(".queue-open")]); });
queue?.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-decide]");
  if (!form) return;
  event.preventDefault();
  act(form.closest(".queue-item"), event.submitter.value);
});
queue?.addEventListener("focusin", (event) => {
  const index = items().indexOf(event.target.closest(".queue-item"));
  if (index >= 0 && index !== current) { items()[current]?.classList.remove("current"); current = index; items()[index].classList.add("current"); }
});
