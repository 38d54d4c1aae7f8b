// Follows a running job: each event of the server says that its state has changed, the piece of page is fetched anew.
const panel = document.getElementById("job");
const id = encodeURIComponent(panel.dataset.job);

async function renew() {
  const answer = await fetch(`/ingest/${id}/state`, { headers: { Accept: "text/html" } });
  if (answer.ok) panel.innerHTML = await answer.text();
}
if (!("ended" in panel.dataset)) {
  const source = new EventSource(`/api/v1/jobs/${id}/events`);
  source.addEventListener("job", (event) => {
    const job = JSON.parse(event.data);
    if (["done", "failed", "cancelled"].includes(job.state)) source.close();
    renew();
  });
}
