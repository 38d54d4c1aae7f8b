// Files that take a moment to make: the page says so, and where it cannot be made it says why instead of showing JSON.
// What takes longer is made by a job, whose page is shown.
import { csrf } from "./desk.js";

const FREE_AFTER_MS = 60_000;

async function fetched(form, query, told) {
  try {
    const answer = await fetch(`${form.action}?${query}`, { headers: { "Accept-Language": document.documentElement.lang } });
    if (answer.ok) return { file: await answer.blob(), name: answer.headers.get("Content-Disposition") };
    const { error } = await answer.json();
    if (error.job) return await begun(error.job, query, told);
    told.textContent = error.message;
  } catch { told.textContent = form.dataset.failed; }
  return undefined;
}

async function begun(address, query, told) {
  const answer = await fetch(`${address}?${query}`, { method: "POST", headers: { "Accept-Language": document.documentElement.lang, "X-CSRF-Token": csrf() } });
  const job = await answer.json();
  if (answer.ok) location.assign(`/ingest/${job.job_id}`);
  else told.textContent = job.error.message;
  return undefined;
}

async function save(form, button) {
  const told = form.querySelector(".bar-told");
  const buttons = [...form.querySelectorAll("button")];
  const query = new URLSearchParams([...new FormData(form), [button.name, button.value]]);
  told.className = "bar-told notice busy";
  told.textContent = form.dataset.making;
  told.hidden = false;
  for (const item of buttons) item.disabled = true;
  const got = await fetched(form, query, told);
  for (const item of buttons) item.disabled = false;
  told.hidden = Boolean(got);
  if (!got) { told.className = "bar-told notice bad"; return; }
  const href = URL.createObjectURL(got.file);
  const link = Object.assign(document.createElement("a"), { href, download: /filename="?([^";]+)/.exec(got.name ?? "")?.[1] ?? "jianwei" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(href), FREE_AFTER_MS);
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-making]") || !event.submitter?.value) return;
  event.preventDefault();
  save(event.target, event.submitter);
});
