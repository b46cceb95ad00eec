"""The thirty clubs under the names, codes and numbers by which each source knows them.

Belongs here: identifiers of clubs and their parks, as the sources print them.
Not here: any strength of a club (drawn in roster.py); the mapping used by the pipeline (identity/), which must find
these clubs without help from here.
"""

from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Club:
    """One club. `code` is the pipeline's; the other fields are what sources print."""

    code: str
    mlb_id: int
    market: str
    nickname: str
    retrosheet: str
    park_id: str
    venue_id: int
    venue: str
    timezone: str
    roof: str
    action_network_id: int
    league: str
    division: str

    @property
    def full_name(self) -> str:
        """Name as the MLB Stats API and The Odds API print it."""
        return f"{self.market} {self.nickname}"

    @property
    def slug(self) -> str:
        """Name in web addresses."""
        return self.full_name.lower().replace(" ", "-")

    @property
    def zone(self) -> ZoneInfo:
        """Time zone of the park."""
        return ZoneInfo(self.timezone)


_TABLE = """
ARI|109|Arizona|Diamondbacks|ARI|PHO01|15|Chase Field|America/Phoenix|Retractable|205|NL|West
ATL|144|Atlanta|Braves|ATL|ATL03|4705|Truist Park|America/New_York|Open|215|NL|East
BAL|110|Baltimore|Orioles|BAL|BAL12|2|Oriole Park at Camden Yards|America/New_York|Open|187|AL|East
BOS|111|Boston|Red Sox|BOS|BOS07|3|Fenway Park|America/New_York|Open|190|AL|East
CHC|112|Chicago|Cubs|CHN|CHI11|17|Wrigley Field|America/Chicago|Open|206|NL|Central
CWS|145|Chicago|White Sox|CHA|CHI12|4|Guaranteed Rate Field|America/Chicago|Open|194|AL|Central
CIN|113|Cincinnati|Reds|CIN|CIN09|2602|Great American Ball Park|America/New_York|Open|202|NL|Central
CLE|114|Cleveland|Guardians|CLE|CLE08|5|Progressive Field|America/New_York|Open|193|AL|Central
COL|115|Colorado|Rockies|COL|DEN02|19|Coors Field|America/Denver|Open|210|NL|West
DET|116|Detroit|Tigers|DET|DET05|2394|Comerica Park|America/Detroit|Open|195|AL|Central
HOU|117|Houston|Astros|HOU|HOU03|2392|Minute Maid Park|America/Chicago|Retractable|199|AL|West
KC|118|Kansas City|Royals|KCA|KAN06|7|Kauffman Stadium|America/Chicago|Open|192|AL|Central
LAA|108|Los Angeles|Angels|ANA|ANA01|1|Angel Stadium|America/Los_Angeles|Open|198|AL|West
LAD|119|Los Angeles|Dodgers|LAN|LOS03|22|Dodger Stadium|America/Los_Angeles|Open|204|NL|West
MIA|146|Miami|Marlins|MIA|MIA02|4169|loanDepot park|America/New_York|Retractable|214|NL|East
MIL|158|Milwaukee|Brewers|MIL|MIL06|32|American Family Field|America/Chicago|Retractable|208|NL|Central
MIN|142|Minnesota|Twins|MIN|MIN04|3312|Target Field|America/Chicago|Open|196|AL|Central
NYM|121|New York|Mets|NYN|NYC20|3289|Citi Field|America/New_York|Open|213|NL|East
NYY|147|New York|Yankees|NYA|NYC21|3313|Yankee Stadium|America/New_York|Open|191|AL|East
OAK|133|Oakland|Athletics|OAK|OAK01|10|Oakland Coliseum|America/Los_Angeles|Open|201|AL|West
PHI|143|Philadelphia|Phillies|PHI|PHI13|2681|Citizens Bank Park|America/New_York|Open|212|NL|East
PIT|134|Pittsburgh|Pirates|PIT|PIT08|31|PNC Park|America/New_York|Open|203|NL|Central
SD|135|San Diego|Padres|SDN|SAN02|2680|Petco Park|America/Los_Angeles|Open|211|NL|West
SEA|136|Seattle|Mariners|SEA|SEA03|680|T-Mobile Park|America/Los_Angeles|Retractable|197|AL|West
SF|137|San Francisco|Giants|SFN|SFO03|2395|Oracle Park|America/Los_Angeles|Open|209|NL|West
STL|138|St. Louis|Cardinals|SLN|STL10|2889|Busch Stadium|America/Chicago|Open|207|NL|Central
TB|139|Tampa Bay|Rays|TBA|STP01|12|Tropicana Field|America/New_York|Dome|189|AL|East
TEX|140|Texas|Rangers|TEX|ARL03|5325|Globe Life Field|America/Chicago|Retractable|200|AL|West
TOR|141|Toronto|Blue Jays|TOR|TOR02|14|Rogers Centre|America/Toronto|Retractable|188|AL|East
WSH|120|Washington|Nationals|WAS|WAS11|3309|Nationals Park|America/New_York|Open|216|NL|East
"""


def _club(line: str) -> Club:
    code, mlb_id, market, nickname, retrosheet, park_id, venue_id, venue, zone, roof, network_id, league, division = (
        cell.strip() for cell in line.split("|")
    )
    return Club(
        code=code,
        mlb_id=int(mlb_id),
        market=market,
        nickname=nickname,
        retrosheet=retrosheet,
        park_id=park_id,
        venue_id=int(venue_id),
        venue=venue,
        timezone=zone,
        roof=roof,
        action_network_id=int(network_id),
        league=league,
        division=division,
    )


CLUBS: tuple[Club, ...] = tuple(_club(line) for line in _TABLE.strip().splitlines())
