// Uploads with progress. XMLHttpRequest, because fetch does not tell how far an upload is.
import { csrf } from "./desk.js";

for (const form of document.querySelectorAll("form.upload")) {
  const zone = form.querySelector(".dropzone");
  const input = zone.querySelector("input");
  const chosen = form.querySelector(".chosen-files");
  const bar = form.querySelector(".upload-progress");
  const message = form.querySelector(".upload-message");
  const button = form.querySelector("button");
  const complain = (text) => { message.textContent = text; message.hidden = false; bar.hidden = true; button.disabled = false; };
  const size = () => [...input.files].reduce((sum, file) => sum + file.size, 0);
  input.addEventListener("change", () => { chosen.textContent = [...input.files].slice(0, 5).map((file) => file.name).join(" · ") + (input.files.length > 5 ? ` … (${input.files.length})` : ""); message.hidden = true; });
  for (const [name, on] of [["dragover", true], ["dragleave", false], ["drop", false]]) zone.addEventListener(name, () => zone.classList.toggle("over", on));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (size() > Number(form.dataset.limit)) return complain(form.dataset.large);
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("X-CSRF-Token", csrf());
    request.responseType = "json";
    request.upload.addEventListener("progress", (moment) => { if (moment.lengthComputable) bar.value = moment.loaded / moment.total; });
    request.addEventListener("load", () => { if (request.status === 200) location.assign(`/ingest/${request.response.job_id}`); else complain(request.response?.error?.message ?? form.dataset.failed); });
    request.addEventListener("error", () => complain(form.dataset.failed));
    message.hidden = true; bar.hidden = false; bar.value = 0; button.disabled = true;
    request.send(new FormData(form));
  });
}
