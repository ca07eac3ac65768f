// The button for light and dark colours, and all details open in print.
"use strict";
(function () {
  const root = document.documentElement;
  const button = document.getElementById("theme");
  const themes = ["system", "light", "dark"];
  const titles = { system: "as the system", light: "light", dark: "dark" };
  let theme = "system";
  try {
    theme = localStorage.getItem("mnist_micro_theme") || theme;
  } catch (error) {
    // A page from a file may have no storage: the choice is then forgotten.
  }
  function show() {
    if (theme === "system") {
      root.removeAttribute("data-theme");
    } else {
      root.setAttribute("data-theme", theme);
    }
    button.textContent = "Colours: " + titles[theme];
  }
  button.hidden = false;
  button.addEventListener("click", function () {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    try {
      localStorage.setItem("mnist_micro_theme", theme);
    } catch (error) {
      // See above.
    }
    show();
  });
  show();
  let opened = [];
  window.addEventListener("beforeprint", function () {
    opened = Array.from(document.querySelectorAll("details:not([open])"));
    opened.forEach(function (one) { one.open = true; });
  });
  window.addEventListener("afterprint", function () {
    opened.forEach(function (one) { one.open = false; });
  });
})();
