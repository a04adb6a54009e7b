"""File names of phones, cameras, messengers, screenshots and people, and numbers that only look like dates."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaparser_core.dates.moments import as_datetime, precision_of
from mediaparser_core.dates.names import RECEIVED_PATTERNS, from_name

NOON = "2019-05-04T12:00:03"
EPOCH = "2019-04-04T12:00:03"  # 1554379203

CAMERAS = [
    ("IMG_20190504_120003.jpg", NOON, "compact"),
    ("IMG_20190504_120003.JPG", NOON, "compact"),
    ("VID_20190504_120003.mp4", NOON, "compact"),
    ("MVIMG_20190504_120003.jpg", NOON, "compact"),
    ("PANO_20190504_120003.vr.jpg", NOON, "compact"),
    ("FJIMG_20190504_120003.jpg", NOON, "compact"),
    ("IMG_20190504_120003_HDR.jpg", NOON, "compact"),
    ("IMG_20190504_120003_123.jpg", NOON, "compact"),  # a counter, not milliseconds
    ("IMG_20190504_120003123_HDR.jpg", NOON + ".123", "compact"),  # Motorola
    ("image20190504_120003123.jpg", NOON + ".123", "compact"),
    ("IMG20190504120003.jpg", NOON, "compact"),  # Oppo, Realme
    ("VID20190504120003.mp4", NOON, "compact"),
    ("20190504_120003.jpg", NOON, "compact"),  # Samsung
    ("20190504_120003(0).jpg", NOON, "compact"),
    ("20190504_120003_001.jpg", NOON, "compact"),
    ("20190504_120003_HDR.jpg", NOON, "compact"),
    ("20190504_120003~2.jpg", NOON, "compact"),
    ("20190504_120003 (1).jpg", NOON, "compact"),
    ("20190504_120003-edited.jpg", NOON, "compact"),
    ("20190504_120003_HEVC.MOV", NOON, "compact"),
    ("20190504120003.jpg", NOON, "compact"),
    ("20190504-120003.jpg", NOON, "compact"),
    ("20190504 120003.jpg", NOON, "compact"),
    ("20190504.120003.jpg", NOON, "compact"),
    ("JPEG_20190504_120003_1234567890.jpg", NOON, "compact"),
    ("B612_20190504_120003_123.jpg", NOON, "compact"),
    ("InShot_20190504_120003123.jpg", NOON + ".123", "compact"),
    ("BeautyPlus_20190504120003123_save.jpg", NOON + ".123", "compact"),
    ("lv_0_20190504120003.mp4", NOON, "compact"),
    ("Pasted image 20190504120003.png", NOON, "compact"),
    ("WIN_20190504_12_00_03_Pro.jpg", NOON, "compact"),
    ("WP_20190504_12_00_03_Raw__highres.dng", NOON, "compact"),
    ("WP_20190504_001.jpg", "2019-05-04", "compact"),
    ("IMG_20190504.jpg", "2019-05-04", "compact"),
    ("IMG_20190504_0012.jpg", "2019-05-04", "compact"),  # 00:12, or the twelfth picture
    ("IMG_20190504_256199.jpg", "2019-05-04", "compact"),
    ("DJI_20190504120003_0001_D.JPG", NOON, "dji"),
    ("dji_fly_20190504_120003_123_1556971203123_photo.jpg", NOON, "dji"),
    ("VID_20190504_120003_00_001.insv", NOON, "compact"),
    ("2019_0504_120003_001.MP4", NOON, "dashcam"),
    ("20190504_120003_F.MP4", NOON, "compact"),
    ("2019-05-04_12-00-03-front.mp4", NOON, "iso"),
    ("Camera1_00_20190504120003.jpg", NOON, "compact"),
    ("Burst_Cover_GIF_Action_20190504120003.gif", NOON, "compact"),
    ("IMG_20190504_120003_BURST001_COVER.jpg", NOON, "compact"),  # Huawei
    ("00001IMG_00001_BURST20190504120003.jpg", NOON, "burst"),  # Nexus
    ("00000IMG_00000_BURST20190504120003123_COVER.jpg", NOON + ".123", "burst"),
    ("DSC_0001_BURST20190504120003123.JPG", NOON + ".123", "burst"),  # Sony
    ("00100dPORTRAIT_00100_BURST20190504120003123_COVER.jpg", NOON + ".123", "burst"),
    ("27072008.jpg", "2008-07-27", "day_first"),  # Nokia
    ("27072008(001).jpg", "2008-07-27", "day_first"),
    ("VRChat_2019-05-04_12-00-03.409_3840x2160.png", NOON + ".409", "iso"),
]
MESSENGERS = [
    ("IMG-20190504-WA0012.jpg", "2019-05-04", "whatsapp"),
    ("VID-20190504-WA0001.mp4", "2019-05-04", "whatsapp"),
    ("IMG-20190504-WA.jpg", "2019-05-04", "whatsapp"),
    ("IMG-20190504-WA0012(1).jpeg", "2019-05-04", "whatsapp"),
    ("WhatsApp Image 2019-05-04 at 12.00.03.jpeg", NOON, "whatsapp_desktop"),
    ("WhatsApp Image 2019-05-04 at 12.00.03 PM (1).jpeg", NOON, "whatsapp_desktop"),
    ("WhatsApp Image 2019-05-04 at 4.42.48\u202fPM.jpeg", "2019-05-04T16:42:48", "whatsapp_desktop"),
    ("\u200eWhatsApp Image 2019-05-04 at 12.00.03 AM.jpeg", "2019-05-04T00:00:03", "whatsapp_desktop"),
    ("WhatsApp Video 2019-05-04 at 12.00.03_1a2b3c4d.mp4", NOON, "whatsapp_desktop"),
    ("WhatsApp Bild 2019-05-04 um 12.00.03_37731e9d.jpg", NOON, "whatsapp_desktop"),
    ("WhatsApp Bild 2019-05-04 kl. 12.00.03_b09fca2a.jpg", NOON, "whatsapp_desktop"),
    ("Imagen de WhatsApp 2019-05-04 a las 12.00.03_b09fca2a.jpg", NOON, "whatsapp_desktop"),
    ("Immagine WhatsApp 2019-05-04 ore 12.00.03_b09fca2a.jpg", NOON, "whatsapp_desktop"),
    ("WhatsApp-Image-2019-05-04-at-12.00.03.jpeg", NOON, "whatsapp_desktop"),
    ("00000123-PHOTO-2019-05-04-12-00-03.jpg", NOON, "whatsapp_export"),
    ("PHOTO-2019-05-04-12-00-03.jpg", NOON, "whatsapp_export"),
    ("signal-2019-05-04-120003.jpg", NOON, "signal"),
    ("signal-2019-05-04-120003_002.jpeg", NOON + ".002", "signal"),
    ("signal-2019-05-04-12-00-03-764.jpg", NOON + ".764", "signal"),
    ("signal-2019-05-04-12-00-03-764-1.jpg", NOON + ".764", "signal"),
    ("photo_2019-05-04_12-00-03.jpg", NOON, "telegram"),
    ("video_2019-05-04_12-00-03 (2).mp4", NOON, "telegram"),
    ("photo_12@04-05-2019_12-00-03.jpg", NOON, "telegram"),
    ("threema-20190504-120003145.jpg", NOON + ".145", "threema"),
    ("viber_image_2019-05-04_12-00-03-123.jpg", NOON + ".123", "viber"),
    ("KakaoTalk_20190504_120003123.jpg", NOON + ".123", "kakaotalk"),
    ("KakaoTalk_Photo_2019-05-04-12-00-03 001.jpeg", NOON, "kakaotalk"),
    ("KakaoTalk_Video_2019-05-04-12-00-03.mp4", NOON, "kakaotalk"),
    ("LINE_ALBUM_829和歌山_190504_1.jpg", "2019-05-04", "line"),
    ("LINE_ALBUM_บ้านโคกสี_190504_55_0.jpg", "2019-05-04", "line"),
    ("WeChat Image_20190504120003.jpg", NOON, "wechat"),
    ("微信图片_20190504120003.jpg", NOON, "wechat"),
]
SCREENSHOTS = [
    ("Screenshot_20190504-120003.png", NOON),
    ("Screenshot_20190504-120003_Chrome.jpg", NOON),
    ("Screenshot_20190504_120003_com.android.chrome.jpg", NOON),
    ("Screenshot 20190504 120003.com.google.android.apps.nbu.paisa.user.jpg", NOON),
    ("Screenshot_2019-05-04-12-00-03.png", NOON),
    ("Screenshot_2019-05-04-12-00-03-123_com.android.chrome.jpg", NOON + ".123"),
    ("Screenrecord-2019-05-04-12-00-03-123.mp4", NOON + ".123"),
    ("Screen_Recording_20190504-120003_YouTube.mp4", NOON),
    ("SVID_20190504_120003_1.mp4", NOON),
    ("ScreenRecording_05-04-2019 12-00-03_1.MP4", NOON),  # iOS: the month first
    ("Screenshot 2019-05-04 at 12.00.03.png", NOON),
    ("Screen Shot 2019-05-04 at 12.00.03 PM.png", NOON),
    ("Screen Shot 2019-05-04 at 4.42.48\u202fPM 2.png", "2019-05-04T16:42:48"),
    ("Screenshot 2019-05-04 at 12.42.48 a.m..png", "2019-05-04T00:42:48"),
    ("Screenshot from 2019-05-04 12-00-03.png", NOON),
    ("Screenshot from 2019-05-04 12:00:03.png", NOON),
    ("Screenshot 2019-05-04 120003.png", NOON),  # Windows
    ("Bildschirmfoto 2019-05-04 um 12.00.03.png", NOON),
    ("Bildschirmfoto vom 2019-05-04 12-00-03.png", NOON),
    ("Bildschirmfoto_2019-05-04_12-00-03.png", NOON),
    ("Capture d’écran 2019-05-04 à 12.00.03.png", NOON),
    ("Capture d'e\u0301cran 2019-05-04 a\u0300 12.00.03.png", NOON),  # NFD, as macOS writes it
    ("Capture d’écran du 2019-05-04 12-00-03.png", NOON),
    ("Captura de pantalla 2019-05-04 a las 12.00.03.png", NOON),
    ("Captura de pantalla 2019-05-04 a la(s) 5.05.09 p. m..png", "2019-05-04T17:05:09"),
    ("Captura de pantalla de 2019-05-04 12-00-03.png", NOON),
    ("Captura de Tela 2019-05-04 às 12.00.03.png", NOON),
    ("Schermata 2019-05-04 alle 12.00.03.png", NOON),
    ("Schermafbeelding 2019-05-04 om 12.00.03.png", NOON),
    ("Skärmavbild 2019-05-04 kl. 12.00.03.png", NOON),
    ("Skärmbild 2019-05-04 120003.png", NOON),
    ("Skjermbilde 2019-05-04 kl. 12.00.03.png", NOON),
    ("Skærmbillede 2019-05-04 kl. 12.00.03.png", NOON),
    ("Näyttökuva 2019-05-04 kello 12.00.03.png", NOON),
    ("Zrzut ekranu 2019-05-04 o 12.00.03.png", NOON),
    ("Snímek obrazovky 2019-05-04 v 12.00.03.png", NOON),
    ("Снимок экрана 2019-05-04 в 12.00.03.png", NOON),
    ("Ekran Resmi 2019-05-04 12.00.03.png", NOON),
    ("スクリーンショット 2019-05-04 12.00.03.png", NOON),
    ("スクリーンショット 2019-05-04 午後5.05.09.png", "2019-05-04T17:05:09"),
    ("截屏2019-05-04 下午5.05.09.png", "2019-05-04T17:05:09"),
    ("螢幕擷取畫面 2019-05-04 120003.png", NOON),
    ("스크린샷 2019-05-04 오후 5.05.09.png", "2019-05-04T17:05:09"),
]
PEOPLE = [
    ("2019-05-04 12.00.03.jpg", NOON, "iso"),  # Dropbox
    ("2019-05-04 12.00.03-1.jpg", NOON, "iso"),
    ("2019-05-04 12.00.03 HDR.jpg", NOON, "iso"),
    ("2019-05-04_12-00-03.jpg", NOON, "iso"),
    ("2019-05-04-12-00-03.jpg", NOON, "iso"),
    ("2019_05_04_12_00_03.jpg", NOON, "iso"),
    ("2019.05.04 12.00.03.jpg", NOON, "iso"),
    ("2019-05-04 12:00:03.jpg", NOON, "iso"),
    ("2019-05-04T12_00_03.jpg", NOON, "iso"),
    ("2019-05-04 - 12.00.03.jpg", NOON, "iso"),
    ("2019-05-04 12h00m03.jpg", NOON, "iso"),
    ("2019-05-04_120003.jpg", NOON, "iso"),
    ("2019-05-04_12-00-03_0001.jpg", NOON, "iso"),
    ("Photo 2019-05-04, 12 00 03.jpg", NOON, "iso"),
    ("2019年5月4日 12時00分03秒.jpg", NOON, "iso"),
    ("2019-05-04 12.00.jpg", "2019-05-04T12:00", "iso"),
    ("2019-05-04_12-00.png", "2019-05-04T12:00", "iso"),
    ("2019-05-04 17h05.jpg", "2019-05-04T17:05", "iso"),
    ("20190504T1705.jpg", "2019-05-04T17:05", "compact"),
    ("2019-05-04.jpg", "2019-05-04", "iso"),
    ("2019-5-4.jpg", "2019-05-04", "iso"),
    ("2019-05-04 (3).jpg", "2019-05-04", "iso"),
    ("Lisbon_2019-05-04_001.jpg", "2019-05-04", "iso"),
    ("2019-05-04 10-12 people.jpg", "2019-05-04", "iso"),
    ("000_Nikon_D50_2007_12_19_n_DSC_3.jpg", "2007-12-19", "iso"),
    ("1850-06-01 daguerreotype.jpg", "1850-06-01", "iso"),
    ("04.05.2019.jpg", "2019-05-04", "day_first"),
    ("4.5.2019 Geburtstag 048.jpg", "2019-05-04", "day_first"),
    ("04.05.2019 12.00.03.jpg", NOON, "day_first"),
    ("31-12-2019.jpg", "2019-12-31", "day_first"),
    ("12-31-2019.jpg", "2019-12-31", "month_first"),
    ("05-05-2019.jpg", "2019-05-05", "day_first"),
    ("04-05-2019.jpg", "2019", "ambiguous"),
    ("Isola D'Elba 25 Aprile 2006 177.jpg", "2006-04-25", "words"),
    ("4 May 2019.jpg", "2019-05-04", "words"),
    ("May 4, 2019.jpg", "2019-05-04", "words"),
    ("04May2019.jpg", "2019-05-04", "words"),
    ("Oma Mai 1965.jpg", "1965-05", "words"),
    ("août 2017.jpg", "2017-08", "words"),
    ("Summer 1994.jpg", "1994", "season"),
    ("2019-05.jpg", "2019-05", "month"),
    ("Lisbon 2019-05 (2).jpg", "2019-05", "month"),
    ("Oma 1965.jpg", "1965", "year"),
    ("Christmas_1998.jpg", "1998", "year"),
    ("Christmas 1998 (3).jpg", "1998", "year"),
    ("Scan_20190504.jpg", "2019-05-04", "scan"),
    ("Scan 2019-05-04 12.00.03.jpg", NOON, "scan"),
    ("Adobe Scan 04 May 2019.jpg", "2019-05-04", "scan"),
    ("Picsart_19-05-04_12-00-03-535.jpg", NOON + ".535", "picsart"),
    ("IMG_٢٠١٩٠٥٠٤_١٢٠٠٠٣.jpg", NOON, "compact"),  # a phone set to Arabic
    ("[FORCE] 2019-05-04.jpg", "2019-05-04", "iso"),
    ("2019-05-04 {2018-01-01,lisbon}.jpg", "2019-05-04", "iso"),
    ("[force] 1994.jpg", "1994", "year"),
]
UTC = [
    ("PXL_20190504_120003250.jpg", NOON + ".250", "pxl"),
    ("PXL_20190504_120003250.MP.jpg", NOON + ".250", "pxl"),
    ("PXL_20190504_120003250.NIGHT.jpg", NOON + ".250", "pxl"),
    ("PXL_20190504_120003250.RAW-01.COVER.jpg", NOON + ".250", "pxl"),
    ("PXL_20190504_120003250.RAW-02.ORIGINAL.dng", NOON + ".250", "pxl"),
    ("PXL_20190504_120003250.LONG_EXPOSURE-01.COVER.jpg", NOON + ".250", "pxl"),
    ("PXL_20190504_120003250.PORTRAIT-01.COVER~2.jpg", NOON + ".250", "pxl"),
    ("PXL_20190504_120003250_exported_233.jpg", NOON + ".250", "pxl"),
    ("PXL_20190504_120003250 (another copy).jpg", NOON + ".250", "pxl"),
    ("PXL_20190504_120003250.LS.mp4", NOON + ".250", "pxl"),
    ("20190504_120003250_iOS.heic", NOON + ".250", "onedrive"),
    ("20190504_120003250_iOS 2.jpg", NOON + ".250", "onedrive"),
    ("GMT20190504-120003_Recording.mp4", NOON, "zoom"),
    ("20190504T120003Z.jpg", NOON, "compact"),
    ("Meeting-20190504_120003UTC-Meeting Recording.mp4", NOON, "compact"),
    ("FB_IMG_1554379203123.jpg", EPOCH + ".123", "facebook"),
    ("mmexport1554379203123.jpg", EPOCH + ".123", "wechat"),
    ("wx_camera_1554379203123.jpg", EPOCH + ".123", "wechat_camera"),
    ("00001IMG_00001_BURST1554379203123_COVER.jpg", EPOCH + ".123", "burst"),
    ("RPReplay_Final1554379203.MP4", EPOCH, "screenshot"),
    ("Screenshot_1554379203.png", EPOCH, "screenshot"),
    ("IMG_1554379203123.jpg", EPOCH + ".123", "epoch"),
    ("1554379203123.jpg", EPOCH + ".123", "epoch"),
    ("1554379203123 (1).jpg", EPOCH + ".123", "epoch"),
    ("1554379203123-edited.jpg", EPOCH + ".123", "epoch"),
    ("1554379203.jpg", EPOCH, "epoch"),
]
NOT_A_DATE = """
    IMG_1234.jpg
    IMG_E1234.jpg
    IMG_2019.jpg
    IMG_2019 Lisbon.jpg
    IMG_2019-05.jpg
    _MG_1994.CR2
    CRW_1910.THM
    DSC_1994.JPG
    DSC_20190.jpg
    DSCF0001.JPG
    DSCN1998.JPG
    P1010001.JPG
    GOPR1994.JPG
    GH010123.MP4
    MVC-1999.JPG
    CIMG2004.JPG
    image01980.jpg
    1994.jpg
    1207.JPG
    2000.xmp
    scan0001.jpg
    Scan 1998.jpg
    img 2004.jpg
    Photo 2001 copy.jpg
    A (215).jpg
    JVC GR-DC2000.jpg
    Canon EOS 2000D.jpg
    IMG_20191332_120000.jpg
    IMG_20190230_120000.jpg
    20151345_999999.jpg
    IMG_29990101_000000.jpg
    IMG_17991231_000000.jpg
    120190504.jpg
    201905041.jpg
    IMG_120190504_120003.jpg
    2019050412000.jpg
    201905041200031234.jpg
    2019-02-30.jpg
    32.05.2019.jpg
    31.04.2019.jpg
    +4917620190504.jpg
    wallpaper 1920x1080.jpg
    screenshot_1920x1080.png
    beach 1900 x 1200.jpg
    colors_hdr_rec2020.avif
    Route 1965 - 1970.jpg
    Party 1994-1996.jpg
    Hits of the 1980s.jpg
    Kriegsende nach 1945.jpg
    logo 2000px.png
    flyer 2000 dpi.png
    Snapchat-1234567890.jpg
    Snapchat-1554379203.mp4
    Snapchat-100-10-20-19-15-12
    received_1554379203123456.jpeg
    20190504_123456789012345_1234567890123456789_n.jpg
    20190504_12345678901234567_n.jpg
    4006381333931.jpg
    4155552671.jpg
    9999999999999.jpg
    190504-001.jpg
    040519.jpg
    Foto 30-09-17 08 03 21.jpg
    201905.jpg
    5afc20190504b37bd3f5d0c2.jpg
    20190504-1234-4abc-8def-0123456789ab.jpg
    FB_IMG_0000000000000.jpg
    FB_IMG_15543792031234.jpg
    clusterfuzz-testcase-minimized-ImagingTiffFuzzer-5965016805539840.tiff
    PinClipart.com_gopher-clipart_4000224.jpg
    rgba32-1010102.bmp
    117_dog_created_1919.jpg
    [FORCE] Oma.jpg
    {2019-05-04}.jpg
"""


@pytest.mark.parametrize(
    ("name", "value", "pattern"),
    [*CAMERAS, *MESSENGERS, *((name, value, "screenshot") for name, value in SCREENSHOTS), *PEOPLE],
)
def test_a_name_says_the_wall_time(name, value, pattern):
    moment = from_name(name)
    assert moment is not None
    assert (moment.value, moment.pattern, moment.utc_offset) == (value, pattern, None)
    assert moment.precision == precision_of(value)


@pytest.mark.parametrize(("name", "value", "pattern"), UTC)
def test_some_programs_write_utc(name, value, pattern):
    moment = from_name(name)
    assert moment is not None
    assert (moment.value, moment.pattern, moment.utc_offset) == (value, pattern, "+00:00")


def test_an_offset_in_the_name_is_kept():
    assert from_name("2019-05-04T12:00:03+02:00.jpg").utc_offset == "+02:00"
    assert from_name("20190504T120003+0530.jpg").utc_offset == "+05:30"
    assert from_name("PXL_20190504.jpg").utc_offset is None  # a day has no clock


@pytest.mark.parametrize("name", ["", " ", ".", ".jpg", *(line.strip() for line in NOT_A_DATE.strip().splitlines())])
def test_a_number_is_not_a_date(name):
    assert from_name(name) is None


@pytest.mark.parametrize(
    ("name", "folder_year", "value"),
    [
        ("190504-001.jpg", 2019, "2019-05-04"),
        ("04.05.19.jpg", 2019, "2019-05-04"),
        ("04-05-19.jpg", 2019, None),  # the fourth of May, or the fifth of April
        ("31-12-19.jpg", 2019, "2019-12-31"),
        ("12-31-19.jpg", 2019, "2019-12-31"),
        ("Oma 230765.jpg", 1965, "1965-07-23"),
        ("190504-001.jpg", 2018, None),
        ("IMG_1234.jpg", 2012, None),
        ("2019-05-04.jpg", 2018, "2019-05-04"),
    ],
)
def test_two_digits_are_a_year_when_the_folder_agrees(name, folder_year, value):
    moment = from_name(name, folder_year)
    assert (moment.value if moment else None) == value


def test_dates_of_messengers_are_marked_as_received():
    assert all(pattern in RECEIVED_PATTERNS for _, _, pattern in MESSENGERS)
    assert not RECEIVED_PATTERNS & {pattern for _, _, pattern in CAMERAS}
    assert "wechat_camera" not in RECEIVED_PATTERNS


_BITS = [
    "IMG_",
    "PXL_",
    "-WA",
    " at ",
    "20190504",
    "2019",
    "-05-",
    "12.00.03",
    "99",
    "٣",
    "1554379203123",
    " PM",
    "Z",
    "+",
    "May",
    "été",
    "{",
    "[FORCE]",
    "@",
    "(1)",
    ".jpg",
    "年",
    "\u202f",
    "\udcff",
    "\0",
]


@given(
    st.one_of(st.text(max_size=80), st.lists(st.sampled_from(_BITS), max_size=9).map("".join)),
    st.sampled_from([None, 2019]),
)
def test_no_name_raises_and_every_value_is_in_the_calendar(name, folder_year):
    moment = from_name(name, folder_year)
    if moment is not None:
        assert as_datetime(moment.value)
        assert moment.precision == precision_of(moment.value)
        assert moment.pattern


@pytest.mark.parametrize("bit", ["1", "-", "2019-05-04 ", "a ", "{", "( ", "f", "٣", "\u0301", "mai "])
def test_a_name_of_any_length_takes_no_time(bit):
    from_name(bit * 5000)


def test_every_name_of_a_made_library_says_the_truth(shared, tmp_path):
    """All shapes of names the generator of libraries knows; its wrong ones are those of messengers."""
    plan = _plan_of_a_library(shared)
    assert len(plan) > 200
    for row in plan:
        utc = row["taken"].replace(tzinfo=None)
        wall = utc + timedelta(minutes=row["offset"])
        moment = from_name(row["path"].rpartition("/")[2])
        if row["device"] in ("pixel", "samsung") or row["kind"] in ("messenger", "screenshot"):
            assert moment is not None, row["path"]
        else:
            assert moment is None, row["path"]
            continue
        if moment.pattern in RECEIVED_PATTERNS:
            assert moment.value >= wall.isoformat()[:10]
        else:
            truth = utc if moment.utc_offset else wall
            assert as_datetime(moment.value).replace(microsecond=0) == truth, row["path"]


def _plan_of_a_library(shared):
    import importlib.util

    spec = importlib.util.spec_from_file_location("make_library", shared / "tools" / "make_library.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    photos = sorted(str(path) for path in (shared / "photos").iterdir())[:120]
    originals, copies = module.plan(300, photos, 5, False)
    return [row for row in originals + copies if not row.get("source")]


def test_no_name_in_the_corpus_is_read_wrongly(shared):
    """Every date read from a name of the corpus agrees with the day that its tags, its sidecar or its folder say."""
    expected = {
        "PXL_20231006": "2023-10-06", "photo1_2023-10-06": "2023-10-06", "photo1_2024-10-06": "2024-10-06",
        "20220514_102409": "2022-05-14", "date_20170101": "2017-01-01", "date_20180101": "2018-01-01",
    }  # fmt: skip
    names = [path.rpartition("/")[2] for path in json.loads((shared / "corpus" / "truth.json").read_text())["files"]]
    read = {name: moment.value[:10] for name in names if (moment := from_name(name))}
    assert set(read.values()) <= set(expected.values())
    for name, value in read.items():
        assert value == next(day for start, day in expected.items() if name.startswith(start))
    assert len(read) > 15


@pytest.mark.parametrize(
    ("name", "folder_year", "value", "offset", "pattern"),
    [
        ("2021-05-06_10-11-12_UTC.jpg", None, "2021-05-06T10:11:12", "+00:00", "instaloader"),
        ("2021-05-06_10-11-12_UTC_1.jpg", None, "2021-05-06T10:11:12", "+00:00", "instaloader"),
        ("line_1525370163123.jpg", None, "2018-05-03T17:56:03.123", "+00:00", "line"),
        ("Messenger_creation_1525370163123.jpeg", None, "2018-05-03T17:56:03.123", "+00:00", "messenger"),
        ("XRecorder_06052021_101112.mp4", None, "2021-05-06T10:11:12", None, "screenshot"),
        ("190504_120003.jpg", 2019, "2019-05-04T12:00:03", None, "two_digit_year"),
        ("04.05.19 12.00.jpg", 2019, "2019-05-04T12:00", None, "two_digit_year"),
        ("190504_0012.jpg", 2019, "2019-05-04", None, "two_digit_year"),  # a counter
    ],
)
def test_names_that_were_met_later(name, folder_year, value, offset, pattern):
    moment = from_name(name, folder_year)
    assert moment is not None
    assert (moment.value, moment.utc_offset, moment.pattern) == (value, offset, pattern)
