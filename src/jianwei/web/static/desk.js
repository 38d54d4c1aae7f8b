// On every page: "/" goes to the search box. Everything else on a page works without scripts.
export const csrf = () => document.querySelector('meta[name="csrf"]')?.content ?? "";

export const isTyping = (target) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && !["checkbox", "range"].includes(target.type));

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const box = document.getElementById("words");
  if (box) { event.preventDefault(); box.focus(); box.select(); } else location.assign("/search");
});
