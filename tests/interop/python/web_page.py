"""A person's way through the web page, in headless Chromium: web_page.py PORT [USER PASSWORD]

With a folder in SKEP_PICTURES, what is seen is kept there as pictures: light and dark, wide and narrow.
"""
import os
import sys

from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

port = sys.argv[1]
login = f"{sys.argv[2]}:{sys.argv[3]}@" if len(sys.argv) > 3 else ""
pictures = os.environ.get("SKEP_PICTURES")
base = f"http://{login}127.0.0.1:{port}"

options = webdriver.ChromeOptions()
for option in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1440,900"):
    options.add_argument(option)
options.binary_location = "/usr/bin/chromium"
options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
# A page that changes by itself may take an element away while it is looked at.
wait = WebDriverWait(driver, 60, ignored_exceptions=[StaleElementReferenceException, NoSuchElementException])


def see(text):
    wait.until(lambda d: text in d.find_element(By.TAG_NAME, "main").text, text)


def click(words):
    script = """const found = [...document.querySelectorAll('a, button')].find((one) => one.textContent.trim() === arguments[0]);
        if (found) found.click(); return Boolean(found);"""
    wait.until(lambda d: d.execute_script(script, words), words)


def run(statement, state):
    driver.get(base + "/sql")
    area = driver.find_element(By.NAME, "statement")
    area.clear()
    area.send_keys(statement)
    area.send_keys(Keys.CONTROL, Keys.ENTER)
    see(state)


def look(name):
    """Looks at the page as a phone shows it, too: nothing may stand over its edge."""
    for width, kind in ((1440, "wide"), (390, "narrow")):
        device = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", device)
        size = driver.execute_script("return [document.documentElement.scrollWidth, window.innerWidth]")
        assert size[0] <= size[1] == width, (name, kind, size)
        if pictures:
            for scheme in ("light", "dark"):
                media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
                driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
                driver.save_screenshot(os.path.join(pictures, f"{name}-{kind}-{scheme}.png"))
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


try:
    driver.get(base + "/")
    see("Overview")
    numbers = "select posexplode(split(space(999), ' ')) as (pos, v)"
    run("create table if not exists sales (day date, shop string comment 'where', amount decimal(9,2)) "
        "comment 'What was sold, by day and shop' stored as parquet", "Done.")
    run("insert overwrite table sales select date_add('2026-01-01', cast(pos / 8 as int)), "
        "concat('shop ', pos % 4), cast(100 + 60 * sin(pos / 40) + pos % 7 as decimal(9,2)) "
        f"from ({numbers}) t", "1,000 rows were written")
    run("analyze table sales compute statistics for columns", "Done.")
    run("select shop, count(*) n, sum(amount) total from sales group by shop order by shop", "shop 3")
    assert driver.find_elements(By.CSS_SELECTOR, "table td.number")
    look("result")
    click("Chart")
    wait.until(lambda d: len(d.find_elements(By.CSS_SELECTOR, "svg rect.mark")) == 4)
    look("bars")
    click("Plan and log")
    see("Table scan")
    see("1,000")
    assert "100%" in driver.find_element(By.CLASS_NAME, "stages").text
    look("plan")
    click("Log")
    see("INFO  : OK")
    run("select day, sum(amount) from sales group by day order by day", "2026-01-31")
    click("Chart")
    wait.until(lambda d: d.find_elements(By.CSS_SELECTOR, "svg polyline.mark"))
    look("line")
    run("select day, shop, amount, map('a', amount), concat('<b>', shop) as markup from sales", "<b>shop 3")
    click("Next")
    see("Rows 51 to 100")
    look("rows")
    run("select nosuch from sales", "Invalid table alias or column reference")
    look("failure")

    # One that does not end by itself: the page goes on by itself, and stops it.
    many = "(select explode(split(space(9999), ' ')) a)"
    run(f"select x.a, count(*) from {many} x cross join {many} y cross join {many} z group by x.a", "Running")
    before = wait.until(lambda d: d.find_element(By.CSS_SELECTOR, ".outcome .quiet").text)
    wait.until(lambda d: d.find_element(By.CSS_SELECTOR, ".outcome .quiet").text != before)
    look("running")
    click("Plan and log")
    see("Running")
    look("running-plan")
    click("Overview")
    see("Running now")
    look("overview")
    wait.until(lambda d: d.find_element(By.CSS_SELECTOR, "td.statement a").click() is None)
    see("Cancel")
    click("Cancel")
    see("Cancelled")
    wait.until(lambda d: not d.find_elements(By.CSS_SELECTOR, "main[data-live]"))

    click("History")
    see("Cancelled")
    look("history")
    click("Sessions")
    see("127.0.0.1")
    look("sessions")
    click("Tables")
    look("databases")
    click("default")
    see("sales")
    look("tables")
    click("sales")
    see("where")
    look("table")
    click("Rows")
    see("shop 1")
    look("sample")
    click("Statistics")
    see("Distinct")
    look("statistics")
    click("Properties")
    see("Location")
    look("properties")
    click("Settings")
    filter_box = driver.find_element(By.CSS_SELECTOR, "input[type=search]")
    filter_box.send_keys("webui.port")
    shown = [row for row in driver.find_elements(By.CSS_SELECTOR, "#keys tbody tr") if row.is_displayed()]
    assert len(shown) == 1 and "hive.server2.webui.port" in shown[0].text
    filter_box.clear()
    filter_box.send_keys("server2")
    look("settings")

    # What the policy of the page forbids, or a script gets wrong, is told here.
    told = [line["message"] for line in driver.get_log("browser") if line["level"] == "SEVERE"]
    assert not told, told
finally:
    driver.quit()
print("done")
