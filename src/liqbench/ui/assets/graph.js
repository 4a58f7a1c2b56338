// Colours after the theme, the details of an operator, and a view that always shows the graph.
// `network` and `nodes` are pyvis' globals. Texts get into the page as text, never as HTML.
(function () {
  "use strict";
  var root = document.documentElement;
  var box = document.getElementById("mynetwork");
  var details = document.getElementById("details");
  var smallest = 0.62;
  var pinned = null;

  function host() {
    try {
      return window.parent !== window && window.parent.document.body;
    } catch (error) {
      return null; // framed by somebody else's page
    }
  }

  function isDark() {
    var body = host();
    if (body && body.dataset.jpThemeLight) return body.dataset.jpThemeLight === "false";
    if (body && body.dataset.vscodeThemeKind) return body.dataset.vscodeThemeKind.indexOf("dark") >= 0;
    return window.matchMedia("(prefers-color-scheme: dark)").matches;
  }

  function paint() {
    root.dataset.theme = isDark() ? "dark" : "light";
    var body = host();
    var paper = body && window.parent.getComputedStyle(body).getPropertyValue("--jp-layout-color0");
    if (paper) root.style.setProperty("--paper", paper);
    var style = window.getComputedStyle(root);
    function colour(name) { return style.getPropertyValue("--" + name).trim(); }
    var ink = colour("ink");
    var soft = colour("soft");
    nodes.update(nodes.get().map(function (node) {
      var fill = colour(node.kind);
      var edge = colour(node.kind + "-edge");
      var both = { background: fill, border: edge };
      return {
        id: node.id,
        borderWidth: node.kind === "adjust" ? 3 : 1.5,
        shapeProperties: { borderDashes: node.kind === "unknown" ? [5, 4] : false, borderRadius: 6 },
        color: { background: fill, border: edge, highlight: both, hover: both },
        font: {
          color: soft,
          bold: { color: ink, size: 14, mod: "bold" },
          ital: { color: ink, size: 13, mod: "" }
        }
      };
    }));
    network.setOptions({ edges: { color: { color: soft, highlight: soft, hover: soft } } });
  }

  function fit() {
    network.redraw();
    network.fit({ animation: false, maxZoomLevel: 1 });
    var scale = network.getScale();
    if (scale < smallest) { // too long for its frame: begin on the left, and let it be dragged
      var left = Math.min.apply(null, nodes.get().map(function (node) { return node.x; }));
      var middle = network.getViewPosition().y;
      var x = left - 80 + box.clientWidth / smallest / 2;
      network.moveTo({ position: { x: x, y: middle }, scale: smallest, animation: false });
    }
  }

  function add(parent, tag, words, name) {
    var element = document.createElement(tag);
    element.textContent = words;
    if (name) element.className = name;
    parent.appendChild(element);
    return element;
  }

  function tell(id) {
    var node = nodes.get(id);
    details.textContent = "";
    add(details, "h2", node.heading);
    if (node.description) add(details, "p", node.description);
    var list = add(details, "dl", "");
    node.details.forEach(function (line) {
      add(list, "dt", line[0]);
      add(list, "dd", line[1]);
    });
    var at = network.canvasToDOM(network.getPosition(id));
    details.className = at.x < box.clientWidth / 2 ? "right" : "left";
    if (pinned === id) details.classList.add("pinned");
    details.hidden = false;
  }

  function hide() {
    if (pinned === null) details.hidden = true;
    else tell(pinned);
  }

  network.on("hoverNode", function (event) { box.style.cursor = "pointer"; tell(event.node); });
  network.on("blurNode", function () { box.style.cursor = ""; hide(); });
  network.on("click", function (event) {
    pinned = event.nodes.length ? event.nodes[0] : null;
    if (pinned === null) details.hidden = true;
    else tell(pinned);
  });
  box.addEventListener("wheel", function (event) {
    // The notebook scrolls; the graph zooms only where that is asked for.
    network.setOptions({ interaction: { zoomView: event.ctrlKey || event.metaKey } });
  }, { capture: true, passive: true });

  paint();
  fit();
  new ResizeObserver(fit).observe(box);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  var body = host();
  if (body) {
    var watch = new MutationObserver(function () { window.setTimeout(paint, 100); });
    watch.observe(body, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-vscode-theme-kind"] });
  }
})();
