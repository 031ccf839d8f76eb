"""Made-up pages in the layout of the markets that have no replica: what holds their parsers where no archive is."""

_CRYPTONIA = """<!DOCTYPE html><html><head><title>Cryptonia Market - {title}</title></head><body><div id=container>
<div id=header><div class=titlebox><h1><a class=hlink href="/">CRYPTONIA MARKET</a></h1></div><div class=controlbox>
<a href=/logout>Logout</a><span>Server Time: 2019-10-27 13:32&nbsp;|&nbsp; Logged in as <a href=/user/reader>reader</a>
</span></div></div><div id=body><div class=mainarea><div class=mainarea_inner>{content}</div></div></div>
<div id=footer><div class=rate_div><span>1 BTC = 8496.89 EUR = 9424.18 USD = 164.99009234 XMR</span></div></div>
</div></body></html>"""
_ROWS = """<div id=feedback_div><table><tr class=gridhdr><td>&nbsp;</td><td>FEEDBACK</td><td>&nbsp;</td></tr>
<tr><td class="rating_cell"><span class="icono-checkCircle" style="color: green"></span></td>
<td class="rating_message"><span class="rating_product">14g of hay</span><p>quick, as ever</p></td>
<td class="rating_user"><span class="smtext rating_date">2019-10-26</span>
<span class="smtext rating_date">0.02610000 BTC</span><span class="smtext rating_date">s***g</span></td></tr>
<tr><td class="rating_cell"><span class="icono-crossCircle" style="color: red"></span></td>
<td class="rating_message"><span class="rating_product">7g of hay</span><p>never came</p></td>
<td class="rating_user"><span class="smtext rating_date">2019-10-21</span>
<span class="smtext rating_date">0.01200000 BTC</span><span class="smtext rating_date">l***e</span></td></tr></table>
</div>"""
_OFFER = """<h2>14g of hay</h2><a href=/messages/new/support/Reporting+product+%23151>Report</a>
<div class=product_data><label>Sold by:</label> <a href=/user/ann>ann</a> <span class=verified>LEVEL 2</span>
<span title="Total sales">(1,676)</span></div>
<div class=product_data><label>Verifications:</label><div><span class=verified>Dream: 6400 deals, 4.98/5</span>
<span class=verified>CGMC: 5000+ deals, 4.96/5</span></div></div>
<div class=product_data><label>Category:</label> <span>Weed</span></div>
<div class=product_data><label>Listing Type:</label> <span>Physical Listing</span></div>
<div class=product_data><label>Price:</label> <span>240.00 USD/14g</span> <span>(0.02546640 BTC/14g)</span></div>
<div class=product_data><label>FE or Escrow:</label> <span class=verified>FE Required</span></div>
<div class=product_data><label>In stock:</label> <span>1000 14g</span></div>
<div class=product_data><label>Ships from:</label> <div>Belgium &rarr; Belgium, Netherlands</div></div>
<form method=post><select name=shipping_method><option value=0>--Select Shipping Method--</option>
<option value=1>Letter (tracked)&nbsp;(4.50 USD)</option></select><input name=qty value="2"></form>
<div id=generaltab>Description</div><div id=general_div><p>Dried in the sun.</p></div>"""
_ITEM = """<tr><td class=thumb><a href=/product/{number}><img src=/image/1></a></td><td class=spacer>&nbsp;</td>
<td class=product><div><a class=growlink href=/product/{number}>{title}</a></div>
<div><span>BE &rarr; EU, US</span></div>
<div><span class=verified>ESCROW</span></div></td><td class=price><span class=listprice>Buy {least}  For</span>
<span class=listprice>{price} USD/{unit}</span><span class=listprice_alt>0.19432670 BTC/{unit}</span></td>
<td class=vendor><div><a href=/user/ann>ann</a> <span>(1383)</span></div></td></tr>"""
_LIST = """<h2><span class=icono></span>&nbsp;Weed Products</h2><div class=chksubcats><ul>
<li><a href=/products/all/Weed>Weed&nbsp;<span>(2867)</span></a></li>
<li><a href=/products/all/Seeds+and+Clones>Seeds and Clones&nbsp;<span>(28)</span></a></li></ul></div>
<div class=mainbox><table><tr class=gridhdr><td class="gridhdr">&nbsp;</td><td class="gridhdr">&nbsp;</td>
<td class="gridhdr product">PRODUCT</td><td class="gridhdr">PRICE</td><td class="gridhdr">VENDOR</td></tr>{rows}
<tr><td colspan=5><span>1 of 2</span><a href="/products/all/Weed/2">&gt;&gt;</a></td></tr></table></div>"""
_PROFILE = """<h2><span class="icono-user"></span>&nbsp;ann<span>&nbsp;(676)</span>
<span class=verified>LEVEL 2</span></h2>
<div class=toolbar_dropdown><a href=/products/ann>View Vendor Listings</a></div><div class=inline_div>
<div><label>Verifications:</label> <span class=verified>Empire: 18 deals, 100/100%</span></div>
<div><label>Ships From:</label> <span>Belgium</span></div><div><label>FE Enabled:</label> <span>Yes</span></div>
<div><label>Member since:</label> <span>2019-06-24 17:40:42</span></div></div>
<div id=general_div><p>Hay and straw.</p></div>"""

_APOLLON = """<html><head><title>{title} - Apollon Market</title></head><body><div id="wrapper">
<a href="logout.php">Logout</a><a href="home.php?ndm=1">Night Mode</a>{menu}<div class="list-group-item">
<span>BTC/USD</span><span>9422.19</span> <span>BTC/EUR</span><span>8500.24</span></div>
<div class="list-group-item"><span>XMR/USD</span><span>75.12</span></div>
<div id="page-wrapper">{content}</div><div class="footer">Apollon Market © 2019</div></div></body></html>"""
_MENU = """<ul id="side-menu"><li><a href="?cid=2"><b>Drugs [ 44260 ]</b></a></li>
<li><a href="?cid=2&amp;csid=53"><input type="checkbox"> Cannabis [ <b>12439</b> ]</a></li></ul>"""
_STANDING = """<small><a href="{link}"><b>ann (97%)</b></a> <small>Seller Level 2 ({sales})</small>
<small>Trust Level 3 </small></small><br><small><b>Member since : </b>Dec 25, 2019</small><br>
<small><b>Last Login : </b>Feb 02, 2020</small><br>"""
_A_OFFER = f"""<table><tr><td><div><a href="?ls_id=73">10g of hay</a></div><div class="col-sm-12"><div class="col-sm-3">
{_STANDING.format(link="user.php?u_id=ann", sales=111)}<small><b>Sales : </b>111</small><br></div>
<div class="col-sm-3"><small><b>Sold : </b><i>18</i> Times</small><br>
<small><b>Origin Country : </b> Belgium</small><br>
<small><b>Ship to : </b></small><small> World Wide </small><small> , Europe </small><br>
<small><b>Payment :</b> <font>Full Escrow</font></small><br><small><b>Product class :</b> Physical Package</small><br>
<small><b>Quantity :</b> 25 Items Available</small><br></div><form action="purchase.php?ls_id=73" method="POST">
<span class="label">Sale Price : 49.88 <b>USD</b> / 0.00529397 <b>BTC</b></span>
<select name="p_psg"><option value="1">Letter - 2 Days - 1.50 USD / 0.00000010 BTC</option></select></form></div>
<ul class="nav-tabs"><li class="active"><a href="listing.php?ls_id=73&amp;tab=1">Product Description</a></li></ul>
<div class="tab-pane"><pre>Dried in the sun.</pre></div></td></tr></table>"""
_A_ITEM = """<table class="table"><tr><td><div><div>
<small><b>[Sticky] </b><a href="listing.php?ls_id=43">hay</a></small><br>
<small>Item #43 -|- Created <i>Oct 19, 2019</i> -|- <a href="home.php?cid=2">Drugs</a> /
<a href="home.php?cid=2&amp;csid=53">Cannabis</a> -|- <a href="user.php?u_id=ann"><b>ann</b></a>
<small>Seller Level 3 (265)</small></small><br><small><b>Quantity : </b>Unlimited Available</small><br>
<small><b>Sold : </b>6 / <b>Views</b> : 506</small><br></div>
<div><small><b>Sale Price : </b><br>58.05 <b>USD</b></small>
<a href="listing.php?ls_id=43">Purchase</a></div></div></td></tr></table><a href="?cid=2&amp;csid=0&amp;pg=2">2</a>"""
_A_PROFILE = f"""<div class="page-header"><h3>User Profile : </h3></div><div class="col-sm-5">
{_STANDING.format(link="", sales=216)}</div><div class="col-sm-2"><small><b>Sales : </b>216</small><br>
<small><b>FE : </b>Allowed</small><br></div><a href="home.php?cid=0&amp;csid=0&amp;ss_usr=ann">Store</a>
<h4>Imported Feedback : </h4><div><img src="images/dream.jpg"> <b>:</b> 1450 <b>(</b><span>4.95</span><b>)</b>
<img src="images/empire.jpg"> <b>:</b> 1040 <b>Sales</b> | <a>706</a>/<a>17</a>/<a>10</a></div>
<button>Positive : 135</button><button>Neutral : 1</button><button>Negative : 2</button>
<div class="tab-content"><h4>About Me : </h4><div class="col-sm-8">Hay<br>and straw.</div></div>"""

PAGES: dict[str, dict[str, str]] = {
    "cryptonia": {
        "listing": _CRYPTONIA.format(title="Product Details", content=_OFFER + _ROWS),
        "listing_index": _CRYPTONIA.format(
            title="Products",
            content=_LIST.format(
                rows=_ITEM.format(number=7, title="1lb of hay", least=1, price="1,795.00", unit="1LB")
                + _ITEM.format(number=8, title="straw", least=5, price="2.50", unit="Piece")
            ),
        ),
        "vendor": _CRYPTONIA.format(title="ann Profile", content=_PROFILE + _ROWS),
    },
    "apollon": {
        "listing": _APOLLON.format(title="10g of hay", menu="", content=_A_OFFER),
        "listing_index": _APOLLON.format(title="Home", menu=_MENU, content=_A_ITEM),
        "vendor": _APOLLON.format(title="ann - User Profile", menu="", content=_A_PROFILE),
    },
}
