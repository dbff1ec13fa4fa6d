#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Opens the sample report in a headless browser: every chart must be drawn, with marks in it, from file:// and without
a network. Exit code 77, which ctest counts as skipped, when there is no browser or no chart library."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

CHARTS = {"contribution", "returns", "curves", "allocation", "moves", "efficiency", "forecast", "accuracy", "health",
          "alerts"}
FEWEST_MARKS = 2


def page_after_drawing(browser, path, folder):
    command = [browser, "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile",
               "--host-resolver-rules=MAP * ~NOTFOUND", "--window-size=1280,2000", "--virtual-time-budget=10000",
               "--dump-dom", f"file://{path}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return done.stdout


def plots_of(page):
    """name -> number of drawn marks"""
    found = {}
    for piece in page.split('<div class="plot"')[1:]:
        name = re.search(r'data-chart="([a-z]+)"', piece).group(1)
        drawing = piece.split("</figure>")[0]
        found[name] = len(re.findall(r'aria-roledescription="[a-z]+ mark', drawing)) + drawing.count("<path d=\"M")
    return found


def main():
    tool = sys.argv[1]
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        print("skipped: no chromium")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([tool, folder], check=True)
        path = os.path.join(folder, "report.html")
        with open(path, encoding="utf-8") as page:
            if 'id="findings"' not in page.read():
                print("skipped: built without the chart library")
                return 77
        plots = plots_of(page_after_drawing(browser, path, folder))
    print(plots)
    missing = CHARTS - plots.keys()
    empty = [name for name, marks in plots.items() if marks < FEWEST_MARKS]
    if missing or empty:
        print(f"missing: {sorted(missing)}, empty: {sorted(empty)}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
