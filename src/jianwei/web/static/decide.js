// Confirming and dismissing without leaving the page: over the API, with what the person has seen, so that the second
// of two is told who was first. A dismissal asks for its reason in a dialog.
import { csrf } from "./desk.js";

const dialog = document.getElementById("dismiss");
const form = dialog?.querySelector("form");
export const mayDecide = Boolean(dialog);

function ask(title) {
  document.getElementById("dismiss-what").textContent = title;
  form.reset();
  dialog.returnValue = "";
  dialog.showModal();
  form.elements.reason.focus();
  return new Promise((done) => {
    dialog.addEventListener("close", () => {
      const reason = form.elements.reason.value.trim();
      done(dialog.returnValue === "dismiss" && reason ? { reason, remember: !form.elements.only_here.checked } : undefined);
    }, { once: true });
  });
}
form?.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(form.querySelector("[value=dismiss]")); } });
dialog?.querySelector("[value=cancel]").addEventListener("click", () => dialog.close("cancel"));

async function send(item, said) {
  const note = item.querySelector(".decided");
  note.hidden = false;
  try {
    const path = item.dataset.id.split("/").map(encodeURIComponent).join("/");
    const answer = await fetch(`/api/v1/listings/${path}/decisions`, { method: "POST", headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf(), "Accept-Language": document.documentElement.lang }, body: JSON.stringify({ ...said, seen: Number(item.dataset.seen) }) });
    const told = await answer.json();
    item.classList.toggle("refused", !answer.ok);
    if (!answer.ok) { note.textContent = told.error.message; return; }
    item.dataset.seen = told.number;
    const open = told.decision === "reopen";
    item.classList.toggle("is-decided", !open);
    note.textContent = form.dataset[{ confirm: "confirmed", dismiss: "dismissed", reopen: "reopened" }[told.decision]];
    if (open) return;
    const undo = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: form.dataset.undo });
    undo.addEventListener("click", () => send(item, { decision: "reopen" }));
    note.append(" ", undo);
  } catch { item.classList.add("refused"); note.textContent = form.dataset.failed; }
}

// Decides about an element with data-id, data-seen, data-title and a place for what came of it; true when recorded.
export async function decide(item, decision) {
  if (!mayDecide || item?.dataset.seen === undefined || item.classList.contains("is-decided")) return false;
  if (decision === "confirm") await send(item, { decision });
  else {
    const said = await ask(item.dataset.title || item.dataset.id);
    if (!said) return false;
    await send(item, { decision, ...said });
  }
  return item.classList.contains("is-decided");
}
