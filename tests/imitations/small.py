"""Plans made from the synthetic database: few clips with frames of their own, to be aligned and trained on."""

from mer.datasets.database import Database
from mer.datasets.image_folder import ImageFolder
from tests.imitations.plans import Plan

#: Emotions that a release does not have, to one that it has and that is of the same class.
_SPELLED = {
    "casme2": {
        "anger": "disgust",
        "contempt": "repression",
        "fear": "disgust",
        "sadness": "repression",
        "others": "disgust",
    },
    "samm": {"others": "anger", "repression": "contempt"},
}


def small_plans(database: Database, name: str) -> list[Plan]:
    """Clips of the synthetic database's look that mimics ``name`` ("casme2", "samm", "smic").

    Names and numbers stay as they are; frames before the onset and after the offset are among ``own``.
    """
    clips = database.clips[database.clips["database"] == f"synthetic-{name}"]
    plans = []
    for _, row in clips.iterrows():
        images = ImageFolder(database.folder(row))
        emotion = row["label"] if name == "smic" else _SPELLED[name].get(row["emotion"], row["emotion"])
        plans.append(
            Plan(
                row["subject"],
                row["clip"],
                int(row["onset"]),
                None if name == "smic" else int(row["apex"]),
                int(row["offset"]),
                emotion,
                "" if name == "smic" else row["action_units"],
                own={number: images.path(number) for number in images.numbers},
            )
        )
    return plans
