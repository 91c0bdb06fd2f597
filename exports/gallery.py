"""`make gallery`: pages of the demo as the pictures that the README shows.

Needs LibreOffice, pdftoppm and Chromium; says which of them is missing and ends with 3.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PICTURES = Path(__file__).parent / "gallery"
# Picture → the demo's workbook below a month's folder, and the page of its print.
PAGES = {"form_10": ("乌海市/10_*.xlsx", 1), "form_11": ("乌海市/11_*.xlsx", 1), "form_12": ("乌海市/12_*.xlsx", 1)}
BULLETIN = "乌海市/18_*.html"
DOTS = 90  # an inch
WINDOW = (1080, 1500)
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--virtual-time-budget=8000")  # fmt: skip


def find(*names: str) -> str | None:
    """The first of these programs that is installed."""
    return next((path for name in names if (path := shutil.which(name))), None)


def one(folder: Path, pattern: str) -> Path:
    """The demo's file. Raises FileNotFoundError with the remedy."""
    found = sorted(folder.glob(pattern))
    if not found:
        raise FileNotFoundError(f"{folder} 中没有 {pattern}，请先运行 make demo。")
    return found[0]


def main(month: Path) -> int:
    """Draws the pictures of the month's folder `…/exports/2024-07`."""
    office, paint, browser = find("soffice", "libreoffice"), find("pdftoppm"), find("chromium", "google-chrome", "chromium-browser")
    tools = {"LibreOffice": office, "pdftoppm（poppler）": paint, "Chromium": browser}
    if office is None or paint is None or browser is None:
        print(f"缺少：{'、'.join(name for name, path in tools.items() if path is None)}，未生成图片。", file=sys.stderr)
        return 3
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        for name, (pattern, page) in PAGES.items():
            book = one(month, pattern)
            subprocess.run([office, "--headless", f"-env:UserInstallation=file://{scratch}/office", "--convert-to", "pdf", "--outdir", scratch,
                            str(book)], check=True, capture_output=True)  # fmt: skip
            subprocess.run([paint, "-png", "-singlefile", "-r", str(DOTS), "-f", str(page), "-l", str(page),
                            str(Path(scratch) / f"{book.stem}.pdf"), str(PICTURES / name)], check=True)  # fmt: skip
        subprocess.run([browser, *QUIET, f"--user-data-dir={scratch}/browser", f"--window-size={WINDOW[0]},{WINDOW[1]}",
                        f"--screenshot={PICTURES / 'form_18.png'}", one(month, BULLETIN).resolve().as_uri()],
                       check=True, capture_output=True)  # fmt: skip
    for picture in sorted(PICTURES.glob("*.png")):
        print(f"{picture.name}  {picture.stat().st_size // 1024} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
