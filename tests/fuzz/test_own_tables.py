"""Tables of a user's own clips, and corrections of a user's own."""

from mer.datasets.own_table import read_own_table
from mer.manifest.own_correction import OwnCorrection
from mer.manifest.own_corrections import own_corrections_text, read_own_corrections
from tests.fuzz.fuzzing import Reader, kept_files, odd_files

CLIPS = b"subject,clip,frames,onset,apex,offset,fps,label\n01,a,v.mp4,1,2,3,25,positive\n02,b,w,1,,3,,negative\n"
MADE = [OwnCorrection("d", "006", "c", "apex", "3", "2"), OwnCorrection("d", "006", "c", "note", "=x", "", "", "why")]
TABLE = Reader("own-table", "clips.csv", CLIPS, read_own_table)
CORRECTIONS = Reader("own-corrections", "mine.csv", own_corrections_text(MADE).encode(), read_own_corrections)
test_odd_tables, test_kept_tables = odd_files(TABLE), kept_files(TABLE)
test_odd_corrections, test_kept_corrections = odd_files(CORRECTIONS), kept_files(CORRECTIONS)
