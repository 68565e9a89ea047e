// The bar with the live total, saving the edit, and the list of keys.
const FILE_NAME = `${data.game}.json`;
const KEYS = [
  [["Space"], "key_play"],
  [["←", "→"], "key_skip"],
  [["N", "P"], "key_step"],
  [["[", "]"], "key_start"],
  [["{", "}"], "key_start_1"],
  [[",", "."], "key_end"],
  [["<", ">"], "key_end_1"],
  [["X"], "key_reject"],
  [["Alt ↑", "Alt ↓"], "key_move"],
  [["A"], "key_add"],
  [["+", "−", "0"], "key_zoom"],
  [["C"], "key_mode"],
  [["Z"], "key_undo"],
  [["S"], "key_save"],
  [["?"], "key_help"],
];

function drawBar() {
  // Whole seconds throughout, so that what is read adds up.
  const total = Math.round(totalSeconds());
  const budget = data.budget === null ? null : Math.round(data.budget);
  const isOver = budget !== null && total > budget;
  const fills = { total: lengthText(total), budget: lengthText(budget ?? 0), count: countText(edit.kept.length) };
  fills.rest = budget === null ? "" : t(isOver ? "over" : "left", isOver ? { over: lengthText(total - budget) } : { left: lengthText(Math.max(0, budget - total)) });
  $("total").textContent = t(budget === null ? "total" : "total_of", fills);
  $("total").dataset.frames = totalFrames();
  $("total").title = data.joins.fade || data.joins.card ? t("with_joins") : "";
  $("rest").textContent = [fills.rest, fills.count].filter(Boolean).join(" · ");
  $("bar").classList.toggle("over", isOver);
  $("filled").style.width = percent(budget ? Math.min(1, total / budget) : 0);
  $("filled").parentElement.hidden = budget === null;
  $("state").textContent = t(isDirty() ? "unsaved" : saved === BASE ? "unchanged" : "saved");
  $("state").classList.toggle("mark", isDirty());
  $("undo").disabled = !undone.length;
  $("reset").disabled = JSON.stringify(edit) === BASE;
  return t(budget === null ? "total_said_free" : "total_said", fills);
}

function openSave() {
  $("download").textContent = t("download", { file: FILE_NAME });
  $("place").textContent = `config/edits/${FILE_NAME}`;
  $("command").textContent = `snakemake --cores 2 results/highlights/${data.game}`;
  $("file-text").value = editsText();
  $("copy").textContent = t("copy");
  $("save-box").showModal();
}

function download() {
  const address = URL.createObjectURL(new Blob([editsText()], { type: "application/json" }));
  const link = el("a", { href: address, download: FILE_NAME });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
  markSaved();
}

async function copy() {
  $("file-text").select();
  try {
    await navigator.clipboard.writeText(editsText());
    $("copy").textContent = t("copied");
    markSaved();
  } catch {
    const isCopied = document.execCommand("copy");
    $("copy").textContent = t(isCopied ? "copied" : "copy_failed");
    if (isCopied) markSaved();
  }
}

function markSaved() {
  saved = JSON.stringify(edit);
  remember();
  refresh();
}

function openKeys() {
  const rows = KEYS.flatMap(([keys, key]) => [el("dt", {}, ...keys.map((name) => el("kbd", {}, name))), el("dd", {}, t(key))]);
  $("keys").replaceChildren(...rows);
  $("keys-box").showModal();
}

function watchBar() {
  $("undo").addEventListener("click", undo);
  $("reset").addEventListener("click", reset);
  $("save").addEventListener("click", openSave);
  $("help").addEventListener("click", openKeys);
  $("download").addEventListener("click", download);
  $("copy").addEventListener("click", copy);
  for (const node of document.querySelectorAll("[data-close]")) node.addEventListener("click", () => node.closest("dialog").close());
  addEventListener("beforeunload", (event) => isDirty() && event.preventDefault());
}
