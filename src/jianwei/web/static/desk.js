// On every page: "/" goes to the search box. Everything else on a page works without scripts.
export const csrf = () => document.querySelector('meta[name="csrf"]')?.content ?? "";

export const isTyping = (target) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && !["checkbox", "range"].includes(target.type));

// On a phone the navigation scrolls: what is open now is in sight.
const open = document.querySelector(".rail nav [aria-current]");
if (open && matchMedia("(max-width: 760px)").matches) { const bar = open.closest("nav"); bar.scrollLeft = open.offsetLeft - (bar.clientWidth - open.offsetWidth) / 2; }

// The list that somebody walks along: the page of one item leads to the one before, the next, and back.
export function keepTrail(links) {
  try { sessionStorage.setItem("trail", JSON.stringify({ list: location.pathname + location.search, items: links.map((link) => link.getAttribute("href")) })); } catch { /* a browser that keeps nothing */ }
}
export function readTrail() {
  try {
    const trail = JSON.parse(sessionStorage.getItem("trail"));
    const here = trail.items.findIndex((item) => new URL(item, location.href).pathname === location.pathname);
    return here < 0 ? undefined : { ...trail, here };
  } catch { return undefined; }
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const box = document.getElementById("words");
  if (box) { event.preventDefault(); box.focus(); box.select(); } else location.assign("/search");
});
