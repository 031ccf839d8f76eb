"""A synthetic market-month as parsed tables, straight from the world: what a flawless reading of its pages would give.

For known-answer tests of what comes after parsing, at sizes nobody wants to render. One sweep at the month's end; offer
and vendor pages only (the lists that lead to them say nothing more). No page is rendered and no parser is called.
"""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.months import month_after, month_start
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.replica import vocabulary as words
from cryptodrug_assets.replica.dream_pages import coarse
from cryptodrug_assets.replica.facts import Listing, MarketWorld, Vendor
from cryptodrug_assets.replica.keys import armoured_key, fingerprint
from cryptodrug_assets.replica.pages import bitcoin_rates, in_bitcoin
from cryptodrug_assets.replica.wall_street import wording
from cryptodrug_assets.replica.wall_street.categories import category_tree
from cryptodrug_assets.replica.wall_street.frame import footer_counts
from cryptodrug_assets.replica.world import make_world

TABLES = ("pages", "listings", "vendors", "feedback", "market_counters", "rejects")
_VERSION = "replica"
_MOST_RATINGS, _PER_FEEDBACK = 300, 30
_DAY, _HOUR, _MINUTE = 86_400_000_000, 3_600_000_000, 60_000_000
_LISTS = {5: "p_feedback", 3: "c_feedback", 1: "n_feedback"}

_NO_COMMENT = {"dream": "Enter your comments here", "wall_street": "", "empire": "No feedback comment"}


def month_end(month: str) -> datetime:
    """The moment of a month's usual sweep: a minute before its end, UTC."""
    following = month_start(month_after(month))
    return datetime(following.year, following.month, following.day, tzinfo=UTC) - timedelta(minutes=1)


def _in_us(length: timedelta) -> int:
    return length // timedelta(microseconds=1)


def _plain(amount: Decimal) -> int | float:
    return int(amount) if amount == amount.to_integral_value() else float(amount)


@lru_cache(maxsize=4)
def parsed_month(profile: str, seed: int, market: str, month: str) -> dict[str, pl.DataFrame]:
    """The six parsed tables of a market-month (contract form) as one complete sweep at the month's end would give them.

    UserError when the market was not observed in the month.
    """
    world = make_world(profile, seed).market(market)
    if month not in world.months:
        raise UserError(f"{market} has no {month}; its months are {world.months[0]} to {world.months[-1]}")
    return _Sweep(world, month, month_end(month)).tables()


def parsed_crawl(
    profile: str, seed: int, market: str, month: str, moment: datetime, claimed: datetime
) -> dict[str, pl.DataFrame]:
    """The same as a crawl at another moment of the month gives them, which is said to have been at `claimed`.

    Ages of feedback count back from the moment that is claimed.
    """
    return _Sweep(make_world(profile, seed).market(market), month, moment, claimed).tables()


class _Sweep:
    def __init__(self, world: MarketWorld, month: str, moment: datetime, claimed: datetime | None = None) -> None:
        self.world, self.market, self.month = world, world.name, month
        self.moment = moment
        self.claimed = claimed or moment
        self.live = world.live(self.moment)
        rates = bitcoin_rates(self.moment.date())
        shown: dict[str, float] = {}
        if self.market == "dream":
            shown = {"BTC": 1.0, "mBTC": 1000.0} | {name: float(f"{value:.1f}") for name, value in rates.items()}
        elif self.market == "empire":
            shown = {name: float(value) for name, value in rates.items()}
        self.rates = json.dumps(shown, sort_keys=True) if shown else None
        self.common = {
            "market": self.market,
            "month": month_start(month),
            "captured_at": self.claimed,
            "sweep_id": self.claimed.strftime("%Y-%m-%dT%H%M"),
            "parser_version": _VERSION,
        }

    def tables(self) -> dict[str, pl.DataFrame]:
        vendors = [self._vendor(vendor) for vendor in self.world.vendors if self._reached(vendor)]
        listings = [self._listing(item) for item in self.live]
        feedback = self._feedback()
        counts = dict(feedback.group_by("capture_id").agg(pl.len()).iter_rows())
        own = [(row["capture_id"], "listing", 1, 0) for row in listings]
        own += [(row["capture_id"], "vendor", 0, 1) for row in vendors]
        listed = {capture for capture, *_ in own}
        # Further pages of feedback lists carry nothing else.
        own += [(capture, "vendor", 0, 0) for capture in sorted(counts) if capture not in listed]
        pages = [
            {
                "capture_id": capture, "page_kind": kind, "status": 200, "exchange_rates": self.rates,
                "page_clock": self.moment if self.market == "empire" else None, "n_listings": offers,
                "n_vendors": sellers, "n_feedback": counts.get(capture, 0), "n_counters": 0, "n_links": 0,
                "n_problems": 0,
            }
            for capture, kind, offers, sellers in own
        ]  # fmt: skip
        frames = {
            "pages": self._frame("pages", pages),
            "listings": self._frame("listings", listings),
            "vendors": self._frame("vendors", vendors),
            "feedback": feedback,
            "market_counters": self._frame("market_counters", self._counters()),
            "rejects": self._frame("rejects", []),
        }
        return {name: contracts.conform(frame, contracts.load("parsed", name)) for name, frame in frames.items()}

    def _frame(self, table: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
        schema = contracts.load("parsed", table).polars_schema
        full = [{"row": 0} | row | self.common for row in rows]
        return pl.DataFrame({name: [row.get(name) for row in full] for name in schema}, schema=schema)

    def _capture(self, *parts: object) -> str:
        text = "|".join(str(part) for part in (self.market, self.month, *parts))
        return blake2b(text.encode(), digest_size=8).hexdigest()

    def _reached(self, vendor: Vendor) -> bool:
        """A crawl finds the vendors that offer something."""
        return bool(self.world.vendor_listings(vendor, self.moment))

    def _counters(self) -> list[dict[str, Any]]:
        counts = self.world.category_counts(self.moment)
        if self.market == "wall_street":
            # Its menu shows every category, also those without an offer.
            counts = dict.fromkeys(category_tree(), 0) | counts
        rows: list[dict[str, Any]] = [
            {
                "counter": "category_listings", "category": " / ".join(path), "depth": len(path) - 1, "value": count,
            }
            for path, count in sorted(counts.items())
        ]  # fmt: skip
        if self.market == "wall_street":
            rows += [{"counter": name, "value": value} for name, value in footer_counts(self.world).items()]
        capture = self._capture("home")
        return [row | {"capture_id": capture, "row": number} for number, row in enumerate(rows)]

    def _listing(self, item: Listing) -> dict[str, Any]:
        vendor = self.world.vendors[item.vendor]
        coins = in_bitcoin(item.price, item.currency, self.moment.date())
        fiat = {"amount": _plain(item.price), "currency": item.currency}
        quotes = [{"amount": _plain(coins), "currency": "BTC"}, fiat]
        shipping = [
            {"amount": _plain(price), "currency": item.currency, "days": days, "name": name, "per": "order"}
            for name, days, price in item.shipping
        ]
        for option, (_, _, price) in zip(shipping, item.shipping, strict=True):
            if self.market != "empire":
                option["days"] = None
            if self.market == "wall_street":
                charged = in_bitcoin(price, item.currency, self.moment.date())
                option |= {"amount": _plain(charged), "currency": "BTC"}
        row: dict[str, Any] = {
            "capture_id": self._capture("listing", item.listing_id),
            "page_kind": "listing",
            "listing_id": item.listing_id,
            "title": " ".join(item.title.split()),
            "vendor_name": vendor.name,
            "category_path": list(item.category),
            "price_amount": item.price,
            "price_currency": item.currency,
            "price_text": f"{item.currency} {item.price:,.2f}",
            "exchange_rates": self.rates,
            "ships_from": words.NAMES[item.origin],
            "ships_to": list(item.ships_to),
            "escrow": item.escrow,
            "shipping_options": json.dumps(shipping),
            "bulk_prices": json.dumps(
                [
                    {"amount": _plain(price), "currency": item.currency, "max_quantity": most, "min_quantity": least}
                    for least, most, price in item.bulk
                ]
            ),
            "description": item.description,
        }
        if self.market == "dream":
            row |= {
                "category_id": str(item.category_id),
                "price_amount": coins,
                "price_currency": "BTC",
                "price_text": f"\u0e3f{coins} (\u20ac{item.price.normalize():f})",
                "ships_from": words.NAMES[item.origin] if item.origin else words.DREAM_UNKNOWN,
                "bulk_prices": "[]",
            }
        else:
            sold = item.earlier_sold + len(self.world.listing_sales(item, self.moment))
            row |= {
                "payment": "Escrow" if item.escrow else "Finalize early",
                "product_class": "digital" if item.digital else "physical",
                "quantity_left": item.quantity_left,
                "units_sold": sold,
                "units_sold_hi": sold,
            }
        if self.market == "empire":
            quotes = quotes[::-1]
            row |= {
                "payment": "Escrow" if item.escrow else "FE Listing 100%",
                "category_id": str(item.category_id),
                "vendor_id": str(vendor.account_id),
                "sold_since": vendor.joined,
                "is_sticky": False,
            }
        if self.market == "wall_street":
            quotes = quotes[::-1]
            phrase, places = wording.destinations(item)
            row |= {
                "views": item.views,
                "minimum_order": 1,
                "price_text": wording.money(item.price, item.currency),
                "price_unit": wording.unit_of(item),
                "ships_to": [f"{phrase} ({places})" if places else phrase],
            }
        return row | {"price_quotes": json.dumps(quotes)}

    def _vendor(self, vendor: Vendor) -> dict[str, Any]:
        sales = self.world.vendor_sales(vendor, self.moment)
        total, rated = vendor.earlier_sales + len(sales), len(sales)
        row: dict[str, Any] = {
            "capture_id": self._capture("vendor", vendor.name),
            "page_kind": "vendor",
            "vendor_name": vendor.name,
            "member_since": vendor.joined,
            "pgp_fingerprint": fingerprint(vendor.key),
            "pgp_key": armoured_key(vendor.key) or None,
            "profile_text": vendor.profile or None,
            "external_ratings": "[]",
            "sales": total,
            "sales_hi": total,
        }
        if self.market == "empire":
            external = [{"market": name, "rating": mean, "sales": count} for name, count, mean in vendor.external]
            return row | {
                # Feedback leads to offers, whose addresses end with the account's number.
                "vendor_id": str(vendor.account_id) if sales else None,
                "vendor_level": vendor.level,
                "trust_level": vendor.trust,
                "is_banned": vendor.banned,
                "external_ratings": json.dumps(external),
            }
        row |= {
            "rating_count": coarse(rated) if self.market == "dream" else rated,
            "rating": round(sum(sale.rating for sale in sales) / rated, 2) if rated else 0.0,
            "last_active": self.moment.date(),
        }
        if self.market == "wall_street":
            return row | {"vendor_level": vendor.level}
        low = coarse(total)
        return row | {
            "sales": low,
            "sales_hi": next(
                (low + step - 1 for step in (1, 4, 10, 20, 50, 200, 500) if coarse(low + step) != low), low
            ),
            "finalize_early": vendor.finalize_early,
        }

    def _feedback(self) -> pl.DataFrame:
        """Every row of every feedback list, newest first, in columns."""
        columns: dict[str, list[Any]] = {
            name: [] for name in ("capture_id", "vendor_name", "listing_id", "listing_title", "place", "list_name",
                                  "list_offset", "row", "at", "rating", "comment", "buyer", "price", "price_currency")
        }  # fmt: skip
        world, empire = self.world, self.market == "empire"
        lists: list[tuple[str, str, Vendor, list[Any]]] = []
        if self.market == "wall_street":
            for item in self.live:
                sales = world.listing_sales(item, self.moment)
                capture = self._capture("listing", item.listing_id)
                lists.append((capture, "offer", world.vendors[item.vendor], sales[::-1]))
        else:
            for vendor in world.vendors:
                if not self._reached(vendor):
                    continue
                sales = world.vendor_sales(vendor, self.moment)[::-1]
                if empire:
                    for rating, name in _LISTS.items():
                        rated = [sale for sale in sales if sale.rating == rating]
                        lists.append((self._capture("vendor", vendor.name, name), name, vendor, rated))
                else:
                    capture = self._capture("vendor", vendor.name, "ratings")
                    lists.append((capture, "ratings", vendor, sales[:_MOST_RATINGS]))
        for capture, name, vendor, sales in lists:
            size = _PER_FEEDBACK if empire else max(1, len(sales))
            for place, sale in enumerate(sales):
                columns["capture_id"].append(f"{capture}" if place < size else self._capture(capture, place // size))
                columns["vendor_name"].append(vendor.name)
                columns["listing_id"].append(
                    None if self.market == "dream" else world.listings[sale.listing].listing_id
                )
                title = " ".join(world.listings[sale.listing].title.split())
                columns["listing_title"].append(None if self.market == "dream" else title)
                columns["place"].append(place % size + 1)
                columns["row"].append(place % size)
                columns["list_offset"].append(place - place % size)
                columns["list_name"].append(name)
                columns["at"].append(sale.at)
                columns["rating"].append(float(sale.rating))
                columns["comment"].append(" ".join(sale.comment.split()) or _NO_COMMENT[self.market])
                columns["buyer"].append(sale.buyer)
                columns["price"].append(sale.price)
                columns["price_currency"].append(sale.currency)
        schema: dict[str, Any] = {"at": pl.Datetime("us", "UTC"), "price": pl.Decimal(28, 10), "comment": pl.String}
        text = (
            "capture_id", "vendor_name", "listing_id", "listing_title", "list_name", "buyer", "price_currency",
        )  # fmt: skip
        schema |= dict.fromkeys(text, pl.String) | dict.fromkeys(("place", "row", "list_offset"), pl.Int64)
        frame = self._dated(pl.DataFrame(columns, schema_overrides=schema | {"rating": pl.Float64}))
        price: dict[str, Any] = {"price_amount": pl.col("price"), "price_exact": pl.lit(True)}
        if self.market == "wall_street":
            price = {"price_amount": None, "price_currency": None, "price_exact": False}
        elif self.market == "dream":
            whole = pl.max_horizontal(
                pl.lit(Decimal(1)),
                pl.Series([p.quantize(Decimal(1)) for p in columns["price"]], dtype=pl.Decimal(28, 10)),
            )
            price = {"price_amount": whole, "price_exact": False}
        mask = pl.concat_str(
            [
                pl.col("buyer").str.slice(0, 1),
                pl.lit("***" if self.market != "dream" else " . . . "),
                pl.col("buyer").str.slice(1, 1),
            ]
        )
        kind = "listing" if self.market == "wall_street" else "vendor"
        frame = frame.with_columns(
            position=pl.col("place"), buyer_masked=mask, page_kind=pl.lit(kind),
            **{name: pl.lit(value) if not isinstance(value, pl.Expr) else value for name, value in price.items()},
            **{name: pl.lit(value) for name, value in self.common.items()},
        )  # fmt: skip
        wanted = contracts.load("parsed", "feedback").polars_schema
        return frame.select(
            (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
            for name, dtype in wanted.items()
        )

    def _dated(self, frame: pl.DataFrame) -> pl.DataFrame:
        """`dated_lo`, `dated_hi` as far as the market's way of writing times lets them be known, `dated_at` between."""
        at = pl.col("at").dt.epoch("us")
        seen = int(self.moment.timestamp()) * 1_000_000
        passed = seen - at
        minute = at - at % _MINUTE
        by_minute = (minute, minute + _MINUTE)
        off = (self.claimed - self.moment) // timedelta(microseconds=1)
        if self.market == "empire":
            low, high = by_minute
        else:
            if self.market == "dream":
                step = pl.when(passed < _DAY).then(_MINUTE).when(passed < 2 * _DAY).then(_HOUR).otherwise(_DAY)
            else:
                step = pl.when(passed < _HOUR).then(_MINUTE).when(passed < _DAY).then(_HOUR).otherwise(_DAY)
                step = pl.when(passed < _in_us(wording.WEEKS_AFTER)).then(step).otherwise(7 * _DAY)
            high = seen + off - (passed - passed % step)
            low = high - step
            if self.market == "wall_street":
                dated = (passed >= _in_us(wording.DATES_AFTER)) & (passed < _in_us(wording.WEEKS_AFTER))
                # A month that has passed has 28 to 31 days.
                months = passed // (30 * _DAY)
                old = passed >= _in_us(wording.MONTHS_AFTER)
                first, last = seen + off - 31 * _DAY * (months + 1), seen + off - 28 * _DAY * months
                low = pl.when(dated).then(by_minute[0]).when(old).then(first).otherwise(low)
                high = pl.when(dated).then(by_minute[1]).when(old).then(last).otherwise(high)
        moment = pl.Datetime("us", "UTC")
        frame = frame.with_columns(dated_lo=low.cast(moment), dated_hi=high.cast(moment))
        middle = pl.col("dated_lo") if self.market == "empire" else (low + (high - low) // 2).cast(moment)
        return frame.with_columns(dated_at=middle)
