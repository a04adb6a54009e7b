def test_home(client, browser_page, explorer):
    r = client.get("/")
    assert r.status_code == 200
    print(r.text[-300:])
    print(browser_page.title(), explorer.stop())
