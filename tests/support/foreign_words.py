"""Words of a page that are not in its language."""

import re

from playwright.sync_api import Page

# Texts and names for screen readers; code and the list of languages are the same in all languages.
_TEXTS = """() => {
  const found = new Set();
  const same = "script, style, noscript, code, pre, select, [data-testid=stIconMaterial]";
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (!node.parentElement?.closest(same)) found.add(node.textContent.trim());
  }
  for (const name of ["aria-label", "title", "placeholder", "alt"]) {
    for (const element of document.querySelectorAll(`[${name}]`)) {
      if (!element.matches("select")) found.add(element.getAttribute(name).trim());
    }
  }
  for (const field of document.querySelectorAll("input[role=combobox]")) found.add(field.value);
  return [...found];
}"""
# Names, formulas, units, keys, file names: the same in Chinese.
_NAMES = re.compile(
    r"Fitted on Digits|"  # a name that a test typed
    r"Softmax Lab|Fashion MLP|Fashion-MNIST|KMNIST|MNIST|MLP"
    r"|[Ss]oftmax|Keras|TensorFlow|TensorBoard|NumPy|Jupyter"
    r"|ReLU|SiLU|swish|Adam\w*|SGD|sgd|RMSprop|rmsprop|Adagrad|tanh|sigmoid|Dropout|dropout|Optuna"
    r"|Hyperband|Glorot|\bHe\b|JSON|ZIP|CSV|HTML|PNG|KERAS|NPZ|Home|End|Page (Up|Down)|Enter"
    r"|Backspace|Delete|Ctrl|Alt|Tab|make run ADDRESS=[\d.]+|logits|argmax|conductance|Sundararajan"
    r"|Taly|Yan|ECE|precision|recall|support|F1|adam|flatten|Flatten|Dense|hidden_\d|\(batch, \d+\)"
    r"|(/[\w.-]+)+|\w+_crossentropy|mean_squared_error|[\w-]*\.(json|png|keras|npz|py|ipynb|html|zip|jpg)\b"
    r"|\d{8}-\d{6}-[\w-]+|\b[0-9a-f]{12}\b|\d*[MK]B\b|\bkB\b|beta_\d|rho|epsilon|uint8|float32|CPU|cookie|HTTPS|Python|http|URL"
    r"|fashion_mnist|kmnist|mnist|digits|IDX|[xy]_train|[xy]_test|npz|CC|HDF5|H5|MODEL|model\.save\([^)]*\)"
)
# Icons of Streamlit are words in a font.
_ICON = re.compile(r"[a-z]+(_[a-z0-9]+)*( icon)?")


def english_in_chinese(page: Page) -> list[str]:
    """Return the texts of a Chinese page that still have an English word."""
    return [
        text
        for text in page.evaluate(_TEXTS)
        if re.search("[A-Za-z]{2,}", _NAMES.sub("", text)) and not _ICON.fullmatch(text)
    ]


def chinese_in_english(page: Page) -> list[str]:
    """Return the texts of an English page that have a Chinese character."""
    return [
        text for text in page.evaluate(_TEXTS) if re.search(r"[\u3000-\u9fff\uff00-\uffef]", text)
    ]
