"use strict";
// Everything the script needs stands in the table's rows and the timelines' attributes.
(() => {
  const video = document.getElementById("reel");
  const parts = [...document.querySelectorAll(".part")];
  const rows = [...document.querySelectorAll("#highlights tbody tr")];
  const highlights = rows.map((row) => ({
    row,
    part: row.dataset.part,
    start: Number(row.dataset.start),
    end: Number(row.dataset.end),
    reelStart: Number(row.dataset.reelStart),
    reelEnd: Number(row.dataset.reelEnd),
    clip: row.dataset.clip,
    text: `${row.dataset.label}, ${row.dataset.minute}`,
  }));
  const SKIP_SECONDS = 5;
  // A seek lands on the frame that is on screen then: half a frame inside it, never just before it.
  const INSIDE_SECONDS = 0.005;
  let current = -1;
  let single = false;

  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

  function load(source, seconds, play) {
    const start = () => {
      video.currentTime = seconds;
      if (play) video.play().catch(() => {});
    };
    if (video.getAttribute("src") === source && video.readyState > 0) {
      start();
      return;
    }
    if (video.getAttribute("src") !== source) video.setAttribute("src", source);
    video.addEventListener("loadedmetadata", start, { once: true });
    video.load();
  }

  function playHighlight(index, play = true) {
    const held = highlights[index];
    mark(index);
    if (single) load(held.clip, 0, play);
    else load("reel.mp4", held.reelStart + INSIDE_SECONDS, play);
  }

  function step(by) {
    const next = current < 0 ? (by > 0 ? 0 : highlights.length - 1) : current + by;
    playHighlight(clamp(next, 0, highlights.length - 1), !video.paused || current < 0);
  }

  function indexAt(reelSeconds) {
    let found = -1;
    highlights.forEach((held, index) => {
      if (held.reelStart <= reelSeconds + 0.001) found = index;
    });
    return found;
  }

  function mark(index) {
    if (index === current) return;
    current = index;
    document.documentElement.dataset.current = index;
    document.querySelectorAll("[aria-current]").forEach((node) => node.removeAttribute("aria-current"));
    document.querySelectorAll(`[data-play="${index}"]`).forEach((node) => node.setAttribute("aria-current", "true"));
    const held = highlights[index];
    if (!held) return;
    document.getElementById("now").textContent = `${index + 1} of ${highlights.length} · ${held.text}`;
    keepInView(held.row);
  }

  // Scrolls the table alone: the page itself stays where the reader put it.
  function keepInView(row) {
    const box = row.closest(".rows");
    if (!box || box.scrollHeight <= box.clientHeight) return;
    const above = row.offsetTop - box.querySelector("thead").offsetHeight;
    const below = row.offsetTop + row.offsetHeight - box.clientHeight;
    if (box.scrollTop > above) box.scrollTop = above;
    else if (box.scrollTop < below) box.scrollTop = below;
  }

  function follow() {
    if (!single) mark(indexAt(video.currentTime));
    const held = highlights[current];
    for (const part of parts) {
      const head = part.querySelector(".playhead");
      head.hidden = !held || held.part !== part.dataset.part;
      if (head.hidden) continue;
      const into = single ? video.currentTime : video.currentTime - held.reelStart;
      const seconds = clamp(held.start + into, held.start, held.end);
      head.style.left = `${(100 * seconds) / Number(part.dataset.duration)}%`;
    }
  }

  function setSingle(wanted) {
    single = wanted;
    document.getElementById("single").checked = wanted;
    const held = highlights[Math.max(current, 0)];
    const into = wanted ? video.currentTime - held.reelStart : video.currentTime + held.reelStart;
    const seconds = wanted ? clamp(into, 0, held.end - held.start) : into;
    mark(Math.max(current, 0));
    load(wanted ? held.clip : "reel.mp4", seconds, !video.paused);
  }

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const onControl = event.target.closest("button, a, summary, input");
    const actions = {
      " ": onControl ? null : () => (video.paused ? video.play().catch(() => {}) : video.pause()),
      ArrowLeft: () => (video.currentTime = Math.max(0, video.currentTime - SKIP_SECONDS)),
      ArrowRight: () => (video.currentTime = Math.min(video.duration || 0, video.currentTime + SKIP_SECONDS)),
      n: () => step(1),
      p: () => step(-1),
      c: () => setSingle(!single),
    };
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  // The curve is drawn on 1000 x 100 units, its highest value 4 units below the top (see timeline.py).
  function scoreAt(part, share) {
    const points = part.querySelector("polyline").points;
    let best = points[0];
    for (const point of points) if (Math.abs(point.x - 1000 * share) < Math.abs(best.x - 1000 * share)) best = point;
    return (100 - best.y) / 96;
  }

  function minuteAt(part, seconds) {
    const played = Math.max(0, seconds - Number(part.dataset.kickoff));
    return `${Number(part.dataset.zero) + Math.floor(played / 60) + 1}'`;
  }

  function clockText(seconds) {
    return [seconds / 60, seconds % 60].map((value) => String(Math.floor(value)).padStart(2, "0")).join(":");
  }

  function watchTrack(part) {
    const track = part.querySelector(".track");
    const cursor = part.querySelector(".cursor");
    const readout = part.querySelector(".readout");
    const shareOf = (event) => {
      const box = track.getBoundingClientRect();
      return clamp((event.clientX - box.left) / box.width, 0, 1);
    };
    track.addEventListener("pointermove", (event) => {
      const share = shareOf(event);
      const seconds = share * Number(part.dataset.duration);
      cursor.hidden = false;
      cursor.style.left = `${100 * share}%`;
      readout.textContent = `${minuteAt(part, seconds)} · ${clockText(seconds)} · score ${scoreAt(part, share).toFixed(2)}`;
    });
    track.addEventListener("pointerleave", () => {
      cursor.hidden = true;
      readout.textContent = "";
    });
    track.addEventListener("click", (event) => {
      if (event.target.closest("button")) return;
      const seconds = shareOf(event) * Number(part.dataset.duration);
      const away = (held) => Math.max(held.start - seconds, seconds - held.end, 0);
      const here = highlights.filter((held) => held.part === part.dataset.part);
      if (here.length) playHighlight(highlights.indexOf(here.reduce((a, b) => (away(b) < away(a) ? b : a))));
    });
  }

  function watchVideo() {
    const problem = document.querySelector(".problem");
    video.addEventListener("timeupdate", follow);
    video.addEventListener("seeked", follow);
    video.addEventListener("loadedmetadata", () => {
      problem.hidden = true;
      document.documentElement.dataset.reel = "ready";
    });
    video.addEventListener("error", () => {
      problem.hidden = false;
      problem.textContent = `${video.getAttribute("src")} cannot be played. Keep it in the folder of this page.`;
    });
    document.addEventListener("keydown", onKey, { capture: true });
    document.getElementById("previous").addEventListener("click", () => step(-1));
    document.getElementById("next").addEventListener("click", () => step(1));
    document.getElementById("single").addEventListener("change", (event) => setSingle(event.target.checked));
    document.addEventListener("click", (event) => {
      const button = event.target.closest("[data-play]");
      if (button) playHighlight(Number(button.dataset.play));
    });
    if (video.readyState > 0) document.documentElement.dataset.reel = "ready";
  }

  parts.forEach(watchTrack);
  if (video) watchVideo();
  document.documentElement.dataset.page = "ready";
})();
