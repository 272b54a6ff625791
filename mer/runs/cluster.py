"""A study on a SLURM cluster: its notebooks as jobs, from a process that submits them and waits for their ends.

Every run whose needs are finished is submitted at once; runs that become ready together (those of a grid) are one job
array. In its job a run is what it is on one machine: the same lock, the same check whether it is up to date, the same
files. A run's parts (folds) become a job array of their own (`mer.core.spread`).

The process may be stopped at any time: jobs go on, and the same command finds and awaits them.
"""

import time
from collections.abc import Sequence
from typing import Any

from mer.core.executor import SlurmSettings
from mer.core.locked import locked
from mer.core.slurm.check import NoCluster, check_cluster
from mer.core.slurm.jobs import Jobs, Part
from mer.core.slurm.logs import remove_pickles
from mer.core.slurm.queue import JobState
from mer.core.slurm.tickets import is_ticket
from mer.runs.cancelled_jobs import cancelled_jobs
from mer.runs.console import duration
from mer.runs.engine import kernel_environment
from mer.runs.execute import RunFailed
from mer.runs.folder import RunFolder
from mer.runs.job_logs import RunJob, logs_folder, read_run_jobs, record_path, run_job, write_run_jobs
from mer.runs.job_words import failure, job_words, queue_words, submitted_plan
from mer.runs.known_jobs import known_jobs
from mer.runs.plan import Done, PlannedRun
from mer.runs.run_in_job import RunInJob
from mer.runs.runner import StudyRunner
from mer.runs.short_paths import short_paths

_STEP = 0.5  # seconds between two looks at the folder of results
_FOREIGN_STEP = 15.0  # seconds between two looks at a job whose results are not wanted


class ClusterStudy:
    """Runs one study on a cluster.

    Args:
        runner: the study on one machine, which says what is to be done.
        settings: what each job asks for.
    """

    def __init__(self, runner: StudyRunner, settings: SlurmSettings) -> None:
        self.runner, self.settings, self.console = runner, settings, runner.console
        self.study, self.runs, self.outputs = runner.study, runner.runs, runner.outputs
        self.done: dict[str, Done] = {}
        self.failed: dict[str, str] = {}
        self._keys: dict[str, str] = {}
        self._told: dict[str, str] = {}
        folder = logs_folder(self.outputs, self.study.name)
        self.jobs = Jobs(
            settings,
            folder,
            f"mer-{self.study.name}",
            say=self.console.line,
            retry=self._is_wanted,
            note=self._note,
            again=self._submit_again,
        )
        self._foreign: dict[str, str] = {}  # run -> a job that computes something else and is waited for
        self._looked = 0.0
        self._before: dict[str, RunJob] = {}  # on record when jobs were last submitted

    def plan(self) -> list[Done]:
        """What would be done, and what would be asked of the cluster for it; nothing is submitted.

        Raises:
            InputError: the cluster cannot grant that. One that cannot be asked is told of only.
        """
        try:
            check_cluster(self.settings, patience=0)
        except NoCluster as error:
            self.console.line(f"The cluster was not asked. {error}")
        self.console.line(
            "Parts of a notebook (folds) become a job array of their own, each job with the same resources."
        )
        return submitted_plan(self.runner.plan(), self.runs, self.settings)

    def folder(self, run: str) -> RunFolder:
        """Folder of one of the study's runs."""
        return self.runner.folder(run)

    def run(self) -> list[Done]:
        """Do it.

        Raises:
            InputError: the cluster cannot be used so, or refuses the jobs; nothing can be written.
            RunFailed: a notebook failed, or was lost more often than it is tried again; jobs under way were waited for.
        """
        self.runner.check_writable()
        check_cluster(self.settings, self.console.line)
        self.console.line(f"Study {self.study.name}: {len(self.runs)} run{'s' * (len(self.runs) > 1)} on SLURM")
        try:
            with self.console.step(f"Study {self.study.name}"):
                while len(self.done) + len(self.failed) < len(self.runs):
                    while self._begin():
                        pass
                    if not self.jobs.parts and not self._foreign:
                        break  # all is done, or what is left needs a run that failed
                    for part, outcome in self.jobs.poll():
                        self._end(part, outcome)
                    self._tell()
                    time.sleep(_STEP)
        except KeyboardInterrupt:
            if names := ", ".join(part.job for part in self.jobs.parts if not is_ticket(part.job)):
                self.console.line(
                    f"Jobs {names} go on on the cluster. The same command waits for them; with --cancel it ends them."
                )
            raise
        if self.failed:
            raise RunFailed("\n".join(self.failed.values()))
        return [self.done[planned.name] for planned in self.runs]

    def cancel(self) -> list[str]:
        """End all jobs of the study's runs, those of their parts too; their ids.

        Raises:
            InputError: the controller does not answer.
        """
        return cancelled_jobs(self.outputs, self.study.name, {planned.name for planned in self.runs})

    def _begin(self) -> bool:
        """Submit what is ready, or find the jobs that do it already; whether anything began or ended by that."""
        taken = {part.name for part in self.jobs.parts} | set(self.done) | set(self.failed)
        ready = [
            planned
            for planned in self.runs
            if planned.name not in taken and not self.failed and all(name in self.done for name in planned.needs)
        ]
        now = time.monotonic()
        if not ready or (
            {planned.name for planned in ready} <= set(self._foreign) and now - self._looked < _FOREIGN_STEP
        ):
            return False
        self._looked = now
        before = len(self.done) + len(self.jobs.parts)
        self.jobs.folder.mkdir(parents=True, exist_ok=True)
        with locked(record_path(self.outputs, self.study.name)):
            known = self._before = known_jobs(self.outputs, self.study.name, self.jobs.queue)
            jobs = [job.job for job in known.values()]
            alive = self.jobs.queue.alive(jobs, self.jobs.folder) if known else {}
            new = [part for planned in ready if (part := self._part(planned, known.get(planned.name), alive))]
            if new:
                self._submit(new, clean=not alive and not self.jobs.parts)
        return len(self.done) + len(self.jobs.parts) > before

    def _part(self, planned: PlannedRun, known: RunJob | None, alive: dict[str, JobState]) -> Part | None:
        """What is to be submitted for a run; None where it is up to date or a job of it is under way."""
        name = planned.name
        running = known is not None and known.job in alive
        if not running and not self.runner.forced(planned) and self._is_current(planned):
            self._foreign.pop(name, None)
            self._finish(planned, executed=False)
            return None
        force = self.runner.forced(planned)
        self._keys[name] = f"{self.runner.wanted(planned)}{' forced' * force}"
        own = {key: value for key, value in kernel_environment().items() if key in ("MER_OUTPUTS", "MER_CACHE")}
        environment = own | self.settings.environment(logs_folder(self.outputs, self.study.name, name))
        part = Part(RunInJob(self.study, name, force, environment), name)
        part.earlier += [known.job] if known and known.job else []
        if not running or known is None:
            self._foreign.pop(name, None)
            return part
        if known.key == self._keys[name] and not known.cancelled:
            self.jobs.adopt(part, known.job, alive[known.job])
            self.console.line(
                f"{self._label(name)}: job {known.job} is under way since {known.submitted}; waiting for it"
            )
        elif self._foreign.get(name) != known.job:
            self._foreign[name] = known.job
            why = "was cancelled" if known.cancelled else "computes something else"
            self.console.line(f"{self._label(name)}: waiting for the end of job {known.job}, which {why}")
        return None

    def _submit(self, parts: list[Part], clean: bool) -> None:
        folder = self.jobs.folder
        if clean:  # nothing runs: what earlier jobs were made of is needed no more
            remove_pickles(folder)
        self.jobs.submit(parts)
        for part in parts:
            self.console.line(f"{self._label(part.name)}: job {part.job}; its log: {short_paths(self.jobs.log(part))}")

    def _submit_again(self, lost: Sequence[Part]) -> None:
        """Unless another command that waited for the same job was first, or a user cancelled it just now."""
        with locked(record_path(self.outputs, self.study.name)):
            known = self._before = known_jobs(self.outputs, self.study.name, self.jobs.queue)
            own = []
            for part in lost:
                there = known.get(part.name)
                if there is None or (there.job in ("", part.job) and not there.cancelled):
                    own.append(part)
                elif there.key == self._keys[part.name]:
                    self.jobs.adopt(part, there.job, JobState("PENDING"))
                else:  # it computes something else: `_begin` waits for its end
                    self.jobs.parts.remove(part)
            self.jobs.submit(own)

    def _end(self, part: Part, outcome: Any) -> None:
        """Take note of what a job came to."""
        planned = next(planned for planned in self.runs if planned.name == part.name)
        if isinstance(outcome, dict) and "seconds" in outcome:
            self._finish(planned, bool(outcome["executed"]), float(outcome["seconds"]))
            return
        self.failed[part.name] = failure(
            part, outcome, self.study.name, self.jobs.log(part), cancelled=not self._is_wanted(part)
        )
        self.console.line(f"{self._label(part.name)}: failed")
        if self.jobs.parts:
            self.console.line("Jobs under way are waited for; nothing more is submitted.")

    def _finish(self, planned: PlannedRun, executed: bool, seconds: float = 0.0) -> None:
        folder = self.folder(planned.name).path
        outcome = "finished" if executed else "up to date"
        self.done[planned.name] = Done(planned.name, outcome, folder, seconds)
        taken = f" in {duration(seconds)}" if executed else ""
        self.console.line(f"{self._label(planned.name)}: {outcome}{taken}")

    def _note(self, parts: Sequence[Part]) -> None:
        """Write down, the record being locked, the job of each run; what it was where none was taken after all."""
        new = {part.name: run_job(part.name, part.job, self._keys[part.name]) for part in parts}
        new |= {part.name: self._before.get(part.name, new[part.name]) for part in parts if not part.is_submitted}
        write_run_jobs(self.outputs, self.study.name, new)

    def _tell(self) -> None:
        """The status line, and a line for what a person should know of a job."""
        self.console.bar(f"{queue_words(self.jobs.parts)}, {len(self.done)} of {len(self.runs)} done")
        for part in self.jobs.parts:
            text = job_words(part)
            if text and self._told.get(part.name) != text:
                self._told[part.name] = text
                self.console.line(f"{self._label(part.name)}: {text}")

    def _is_wanted(self, part: Part) -> bool:
        """Whether a lost job is submitted again: not where a user cancelled it."""
        known = read_run_jobs(self.outputs, self.study.name).get(part.name)
        return known is None or not known.cancelled

    def _is_current(self, planned: PlannedRun) -> bool:
        return self.runner.is_current(self.folder(planned.name), self.runner.wanted(planned))

    def _label(self, run: str) -> str:
        names = [planned.name for planned in self.runs]
        return f"[{names.index(run) + 1}/{len(names)}] {run}"
