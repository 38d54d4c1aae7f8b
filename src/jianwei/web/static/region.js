// The dialog in which a part of the query picture is framed, with a mouse, a pen, a finger or the arrow keys.

// Prepares the dialog of this page, where it has one; `use` is called when a region was chosen.
export function prepareRegion(use) {
  const dialog = document.getElementById("region");
  if (!dialog) return;
  const canvas = document.getElementById("region-canvas");
  const field = document.querySelector('#search input[name="region"]');
  const picture = document.querySelector("#region-open img");
  let frame, start, box;
  const draw = (name, attributes) => { const node = document.createElementNS("http://www.w3.org/2000/svg", name); for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value); canvas.append(node); return node; };
  const show = () => { for (const [place, name] of ["x", "y", "width", "height"].entries()) frame.setAttribute(name, box[place] * (place % 2 ? picture.naturalHeight : picture.naturalWidth)); };
  const at = (event) => { const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(canvas.getScreenCTM().inverse()); return [Math.min(Math.max(point.x / picture.naturalWidth, 0), 1), Math.min(Math.max(point.y / picture.naturalHeight, 0), 1)]; };
  const choose = (value) => { field.value = value; dialog.close(); use(); };
  document.getElementById("region-open").addEventListener("click", () => {
    const [width, height] = [picture.naturalWidth, picture.naturalHeight];
    canvas.replaceChildren();
    canvas.setAttribute("viewBox", `0 0 ${width} ${height}`);
    draw("image", { href: picture.src, width, height });
    frame = draw("rect", { class: "frame", x: 0, y: 0, width: 0, height: 0 });
    const given = field.value.split(",").map(Number);
    if (given.length === 4 && given.every((value) => value >= 0 && value <= 1)) { box = given; show(); }
    dialog.showModal();
  });
  canvas.addEventListener("pointerdown", (event) => { start = at(event); canvas.setPointerCapture(event.pointerId); });
  canvas.addEventListener("pointermove", (event) => {
    if (!start) return;
    const end = at(event);
    box = [Math.min(start[0], end[0]), Math.min(start[1], end[1]), Math.abs(end[0] - start[0]), Math.abs(end[1] - start[1])];
    show();
  });
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => { start = undefined; });
  canvas.addEventListener("keydown", (event) => {  // arrows move the frame; with Shift they move its far corner
    const step = { ArrowLeft: [-0.02, 0], ArrowRight: [0.02, 0], ArrowUp: [0, -0.02], ArrowDown: [0, 0.02] }[event.key];
    if (!step) return;
    event.preventDefault();
    box ??= [0.25, 0.25, 0.5, 0.5];
    for (const axis of [0, 1]) {
      if (event.shiftKey) box[axis + 2] = Math.min(Math.max(box[axis + 2] + step[axis], 0.02), 1 - box[axis]);
      else box[axis] = Math.min(Math.max(box[axis] + step[axis], 0), 1 - box[axis + 2]);
    }
    show();
  });
  document.getElementById("region-cancel").addEventListener("click", () => dialog.close());
  document.getElementById("region-whole").addEventListener("click", () => choose(""));
  document.getElementById("region-use").addEventListener("click", () => { if (box && box[2] > 0.01 && box[3] > 0.01) choose(box.map((value) => value.toFixed(4)).join(",")); });
}
