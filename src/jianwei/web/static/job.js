// Follows a running job: each event of the server says that its state has changed, the piece of page is fetched anew.
const panel = document.getElementById("job");
const id = encodeURIComponent(panel.dataset.job);

// Only what differs is replaced: a button that is being pressed stays.
function put(piece) {
  const [before, after] = [[...panel.children], [...piece.content.children]];
  for (const [place, node] of after.entries()) {
    if (!before[place]) panel.append(node);
    else if (!before[place].isEqualNode(node)) before[place].replaceWith(node);
  }
  for (const node of before.slice(after.length)) node.remove();
}
async function renew() {
  const answer = await fetch(`/ingest/${id}/state`, { headers: { Accept: "text/html" } });
  if (answer.redirected) return location.reload();  // the session has ended
  if (answer.ok) put(Object.assign(document.createElement("template"), { innerHTML: await answer.text() }));
}
if (!("ended" in panel.dataset)) {
  const source = new EventSource(`/api/v1/jobs/${id}/events`);
  const lost = document.getElementById("job-lost");
  source.addEventListener("open", () => { lost.hidden = true; });
  source.addEventListener("error", () => {  // the browser tries again by itself, unless the desk refused it
    if (source.readyState === EventSource.CLOSED) renew().catch(() => undefined);
    lost.hidden = false;
  });
  source.addEventListener("job", (event) => {
    const job = JSON.parse(event.data);
    if (["done", "failed", "cancelled"].includes(job.state)) source.close();
    renew().catch(() => undefined);  // the next event comes when the desk is there again
  });
}
