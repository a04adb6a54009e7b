def test_x(explorer, open_page, sha, asked):
    page = open_page(f"{explorer.address}/-/media/picture/{sha('undated')}", expect=("console","error"))
    page.keyboard.press("e"); page.keyboard.type("summer 1994"); page.keyboard.press("Enter")
    page.locator(".toast", has_text="Dated 1 picture").wait_for()
    page.locator("h1", has_text="1994").wait_for()
    page.wait_for_timeout(500)
    print(page.url, page.locator(".toasts").inner_html())
    page.locator(".toast button").click()
    for _ in range(12):
        page.wait_for_timeout(1000)
        try: print(page.url, page.locator("h1").inner_text(), page.locator("article").get_attribute("data-pending"), asked("select verb from decisions", database="decisions.db"), asked("select taken_at,rule from dates where sha256=?", sha('undated')), asked("select * from stages"))
        except Exception as e: print(str(e)[:100])
