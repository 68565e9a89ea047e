// The list: a row for each moment of the reel in its order, the chosen one with its tools, and those left out.
const STEPS_SECONDS = [-1, -0.2, 0.2, 1];

function drawMoments() {
  const held = document.activeElement?.closest?.("[data-key]")?.dataset.key;
  const place = $("moments").scrollTop;
  $("kept").setAttribute("aria-label", t("moments_caption"));
  $("kept").replaceChildren(...edit.kept.map((row, index) => rowNode(row, index)));
  $("out").replaceChildren(...edit.out.map((row) => rowNode(row, -1)));
  $("out-note").textContent = t(edit.out.length ? "left_out_note" : "left_out_none");
  $("moments").scrollTop = place;
  if (held) refocus(held);
}

// The list is drawn anew with every change; the focus stays on the same button of the same moment.
function refocus(key) {
  const same = [...$("moments").querySelectorAll("[data-key]")].find((node) => node.dataset.key === key);
  const next = same && !same.disabled ? same : $("moments").querySelector(`[data-play][data-key="play ${CSS.escape(key.split(" ")[1])}"]`);
  (next ?? $("moments")).focus({ preventScroll: true });
}

function rowNode(row, index) {
  const isChosen = row.id === selected;
  const isIn = index >= 0;
  const name = isIn ? t("play_moment", { number: index + 1, text: textOf(row) }) : t("play_out", { text: textOf(row) });
  const node = el("li", { class: `row${isIn ? "" : " out"}${isChosen ? " chosen" : ""}`, "data-id": row.id },
    isIn ? el("span", { class: "grip", draggable: true, title: t("drag"), "aria-hidden": "true" }, "⠿") : el("span", {}),
    stillNode(row),
    el("button", { type: "button", class: "moment", "data-play": row.id, "data-key": `play ${row.id}`, "aria-label": name, "aria-current": isChosen ? "true" : null },
      el("b", { class: kindOf(row.label) }, isIn ? String(index + 1) : "–"), el("span", {}, labelText(row.label), lineNode(row)),
      el("span", { class: "minute" }, minuteText(row.part, momentOf(row)))),
    scoreNode(row),
    acceptNode(row, index),
    factsNode(row, index),
    isChosen ? toolsNode(row, index) : null);
  return node;
}

function stillNode(row) {
  const still = cutOf[row.id]?.still;
  return still ? el("img", { class: "still", src: still, alt: "", width: 80, height: 45, loading: "lazy" }) : el("span", { class: "still" });
}

// The score of the match after it, where the screen was read.
function lineNode(row) {
  const line = scoreAfter[row.id];
  return line ? el("span", { class: "result" }, ` ${line.replace("-", "–")}`) : null;
}

function scoreNode(row) {
  if (isHand(row)) return el("span", { class: "score muted" }, t("by_hand"));
  return el("span", { class: "score" }, el("span", { class: "muted" }, `${t("score")} `), row.score.toFixed(2));
}

function acceptNode(row, index) {
  const isIn = index >= 0;
  const text = textOf(row);
  return act(row, "toggle", isIn ? t("reject") : t("accept"), {
    class: isIn ? "toggle" : "toggle main",
    "aria-label": isIn ? t("reject_this", { number: index + 1, text }) : t("accept_this", { text }),
  });
}

function factsNode(row, index) {
  const span = `${t(`short_${row.part}`)} ${clockText(row.start, 1)}–${clockText(row.end, 1)}`;
  const cut = cutOf[row.id];
  const link = cut && index >= 0
    ? el("a", { href: cut.clip, "data-key": `clip ${row.id}` }, t("clip"), el("span", { class: "hidden" }, t("clip_of", { number: index + 1 })))
    : null;
  const facts = el("span", { class: "facts muted" },
    el("span", { title: t("in_recording") }, span), ` · ${t("length", { seconds: (row.end - row.start).toFixed(1) })}`,
    link ? " · " : null, link);
  if (index >= 0 && cut && isChanged(row)) facts.append(" ", el("span", { class: "mark" }, t("changed")));
  for (const note of row.notes) facts.append(" · ", t(`notice_${note.code}`, note.values));
  return facts;
}

function act(row, name, text, attributes = {}) {
  return el("button", { type: "button", "data-act": name, "data-id": row.id, "data-key": `${name} ${row.id}`, ...attributes }, text);
}

function toolsNode(row, index) {
  const tools = el("div", { class: "tools" });
  tools.append(whyNode(row));
  if (index < 0) return tools;
  tools.append(edgeNode(row, "start"), edgeNode(row, "end"));
  tools.append(el("div", { class: "line" }, labelNode(row),
    act(row, "up", "↑", { class: "icon small", "aria-label": t("move_up"), title: t("move_up"), disabled: index === 0 }),
    act(row, "down", "↓", { class: "icon small", "aria-label": t("move_down"), title: t("move_down"), disabled: index === edit.kept.length - 1 })));
  return tools;
}

function labelNode(row) {
  const known = data.labels.includes(row.label) ? data.labels : [row.label, ...data.labels];
  const options = known.map((label) => el("option", { value: label, selected: label === row.label }, labelText(label)));
  const choice = el("select", { "data-key": `label ${row.id}`, onchange: (event) => setLabel(row.id, event.target.value) }, ...options);
  return el("label", { class: "choice" }, el("span", { class: "muted" }, t("label")), choice);
}

function edgeNode(row, edge) {
  const what = t(edge);
  const buttons = STEPS_SECONDS.map((by) =>
    act(row, `${edge} ${by}`, `${by < 0 ? "−" : "+"}${Math.abs(by)}`, {
      class: "nudge",
      "aria-label": t(by < 0 ? "earlier" : "later", { what, seconds: Math.abs(by) }),
    }));
  const time = el("output", {}, clockText(row[edge], 2));
  const here = act(row, `${edge} here`, t("to_here"), { class: "here", "aria-label": t("set_here", { what }) });
  here.disabled = !position.isChosen || position.part !== row.part;
  return el("div", { class: "line", role: "group", "aria-label": what }, el("span", { class: "edge muted" }, what), ...buttons.slice(0, 2), time, ...buttons.slice(2), here);
}

function whyNode(row) {
  const bars = Object.entries(row.why).map(([name, value]) =>
    el("li", {}, el("span", {}, labelText(name)), el("span", { class: "share" }, el("i", { style: `width:${Math.round(100 * clamp(value, 0, 1))}%` })), el("span", { class: "number" }, value.toFixed(2))));
  if (isHand(row)) return el("p", { class: "muted" }, t("why_hand"));
  if (!bars.length) return el("span", {});
  return el("div", { class: "reasons" }, el("span", { class: "muted" }, t("why")), el("ul", { class: "why" }, ...bars));
}

function onAct(button) {
  const { act: name, id } = button.dataset;
  if (name === "toggle") return toggle(id);
  if (name === "up" || name === "down") return moveBy(id, name === "up" ? -1 : 1);
  const [edge, by] = name.split(" ");
  if (by === "here") setEdge(id, edge, position.seconds);
  else nudge(id, edge, Number(by));
  previewEdge(rowOf(id), edge);
}

function watchMoments() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]");
    if (button) return onAct(button);
    const played = event.target.closest("[data-play]");
    if (played && rowOf(played.dataset.play)) playRow(rowOf(played.dataset.play));
  });
  watchDragging();
}

function watchDragging() {
  const list = $("kept");
  let dragged = null;
  const clear = () => list.querySelectorAll(".under").forEach((node) => node.classList.remove("under"));
  list.addEventListener("dragstart", (event) => {
    const row = event.target.closest(".row");
    dragged = row.dataset.id;
    event.dataTransfer.setData("text/plain", dragged);
    event.dataTransfer.setDragImage(row, 12, 12);
  });
  list.addEventListener("dragover", (event) => {
    const row = event.target.closest(".row");
    if (!dragged || !row) return;
    event.preventDefault();
    clear();
    row.classList.add("under");
  });
  list.addEventListener("drop", (event) => {
    const row = event.target.closest(".row");
    if (!dragged || !row) return;
    event.preventDefault();
    moveTo(dragged, edit.kept.findIndex((held) => held.id === row.dataset.id));
  });
  list.addEventListener("dragend", () => {
    dragged = null;
    clear();
  });
}

// The list scrolls alone where it has a height of its own: the page stays where the reader put it.
function keepInView() {
  const box = $("moments");
  const row = box.querySelector(".row.chosen");
  if (!row || box.scrollHeight <= box.clientHeight + 1) return;
  const above = row.offsetTop - 8;
  const below = row.offsetTop + row.offsetHeight - box.clientHeight + 8;
  if (box.scrollTop > above) box.scrollTop = above;
  else if (box.scrollTop < below) box.scrollTop = Math.min(below, above);
}
