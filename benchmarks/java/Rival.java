import ai.timefold.solver.core.api.domain.entity.PlanningEntity;
import ai.timefold.solver.core.api.domain.lookup.PlanningId;
import ai.timefold.solver.core.api.domain.solution.PlanningEntityCollectionProperty;
import ai.timefold.solver.core.api.domain.solution.PlanningScore;
import ai.timefold.solver.core.api.domain.solution.PlanningSolution;
import ai.timefold.solver.core.api.domain.solution.ProblemFactCollectionProperty;
import ai.timefold.solver.core.api.domain.valuerange.ValueRangeProvider;
import ai.timefold.solver.core.api.domain.variable.PlanningVariable;
import ai.timefold.solver.core.api.score.buildin.hardmediumsoftlong.HardMediumSoftLongScore;
import ai.timefold.solver.core.api.score.stream.Constraint;
import ai.timefold.solver.core.api.score.stream.ConstraintCollectors;
import ai.timefold.solver.core.api.score.stream.ConstraintFactory;
import ai.timefold.solver.core.api.score.stream.ConstraintProvider;
import ai.timefold.solver.core.api.score.stream.Joiners;
import ai.timefold.solver.core.api.solver.SolverFactory;
import ai.timefold.solver.core.config.solver.SolverConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.StreamTokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.LoggerFactory;

/**
 * Timefold on the problem that benchmarks/timefold.py writes: one seat per appointment, which may stay empty.
 *
 * Usage: java Rival PROBLEM MILLISECONDS. Prints "at MILLISECONDS COVERAGE" for each better answer without a broken rule,
 * then "taken APPOINTMENT MEDIATOR" for each seat of the best one. Solver and moves are Timefold's defaults.
 */
public final class Rival {

    /** What changing one asked person weighs beside preference costs: more than all of them together. */
    private static final long CHANGE = 1_000_000_000L;

    /** Compared by identity, which is quicker than a record's field by field. */
    public static final class Mediator {
        @PlanningId private final int id;
        private final long dayCount;
        private final long dayMinutes;
        private final long weekCount;
        private final long weekMinutes;

        Mediator(int id, long dayCount, long dayMinutes, long weekCount, long weekMinutes) {
            this.id = id;
            this.dayCount = dayCount;
            this.dayMinutes = dayMinutes;
            this.weekCount = weekCount;
            this.weekMinutes = weekMinutes;
        }
    }

    /** Seconds that must lie between two appointments, from site to site; by phone and video the site is -1. */
    public record Ways(long[][] gaps, long remote) {
        long gap(int origin, int site) {
            return origin < 0 || site < 0 ? remote : gaps[origin][site];
        }
    }

    @PlanningEntity
    public static class Seat {
        @PlanningId private int id;
        private long starts;
        private long ends;
        private int site;
        private long day;
        private long week;
        private long weight;
        private Ways ways;
        private final List<Mediator> candidates = new ArrayList<>();
        private final Map<Mediator, Long> costs = new IdentityHashMap<>();

        @PlanningVariable(allowsUnassigned = true)
        private Mediator mediator;

        @ValueRangeProvider
        public List<Mediator> getCandidates() {
            return candidates;
        }

        public Mediator getMediator() {
            return mediator;
        }

        public void setMediator(Mediator mediator) {
            this.mediator = mediator;
        }

        public long getDay() {
            return day;
        }

        public long getWeek() {
            return week;
        }

        long minutes() {
            return (ends - starts) / 60;
        }

        long cost() {
            return costs.get(mediator);
        }

        boolean clashes(Seat other) {
            Seat first = starts < other.starts || (starts == other.starts && ends <= other.ends) ? this : other;
            Seat second = first == this ? other : this;
            return second.starts < first.ends || second.starts - first.ends < ways.gap(first.site, second.site);
        }
    }

    @PlanningSolution
    public static class Week {
        @ProblemFactCollectionProperty private List<Mediator> mediators = new ArrayList<>();
        @PlanningEntityCollectionProperty private List<Seat> seats = new ArrayList<>();
        @PlanningScore private HardMediumSoftLongScore score;

        long coverage() {
            return seats.stream().filter(seat -> seat.mediator != null).mapToLong(seat -> seat.weight).sum();
        }
    }

    public static class Rules implements ConstraintProvider {
        @Override
        public Constraint[] defineConstraints(ConstraintFactory factory) {
            return new Constraint[] {
                factory.forEachUniquePair(Seat.class, Joiners.equal(Seat::getMediator))
                    .filter(Seat::clashes)
                    .penalizeLong(HardMediumSoftLongScore.ONE_HARD, (one, other) -> 1L)
                    .asConstraint("clash"),
                factory.forEach(Seat.class)
                    .groupBy(Seat::getMediator, Seat::getDay, ConstraintCollectors.countLong(),
                        ConstraintCollectors.sumLong(Seat::minutes))
                    .filter((person, day, count, minutes) -> count > person.dayCount || minutes > person.dayMinutes)
                    .penalizeLong(HardMediumSoftLongScore.ONE_HARD, (person, day, count, minutes) ->
                        Math.max(0, count - person.dayCount) + over(minutes, person.dayMinutes))
                    .asConstraint("day"),
                factory.forEach(Seat.class)
                    .groupBy(Seat::getMediator, Seat::getWeek, ConstraintCollectors.countLong(),
                        ConstraintCollectors.sumLong(Seat::minutes))
                    .filter((person, week, count, minutes) -> count > person.weekCount || minutes > person.weekMinutes)
                    .penalizeLong(HardMediumSoftLongScore.ONE_HARD, (person, week, count, minutes) ->
                        Math.max(0, count - person.weekCount) + over(minutes, person.weekMinutes))
                    .asConstraint("week"),
                factory.forEachIncludingUnassigned(Seat.class)
                    .filter(seat -> seat.mediator == null)
                    .penalizeLong(HardMediumSoftLongScore.ONE_MEDIUM, seat -> seat.weight)
                    .asConstraint("uncovered"),
                factory.forEach(Seat.class)
                    .penalizeLong(HardMediumSoftLongScore.ONE_SOFT, Seat::cost)
                    .asConstraint("preference"),
            };
        }

        /** So that minutes too many weigh about as much as an appointment too many. */
        private static long over(long minutes, long most) {
            return minutes > most ? (minutes - most + 59) / 60 : 0;
        }
    }

    public static void main(String[] arguments) throws IOException {
        long began = System.nanoTime();
        ((ch.qos.logback.classic.Logger) LoggerFactory.getLogger("ROOT")).setLevel(ch.qos.logback.classic.Level.WARN);
        Week week = read(Path.of(arguments[0]));
        long left = Long.parseLong(arguments[1]) - millisecondsSince(began);
        SolverConfig config = new SolverConfig()
            .withSolutionClass(Week.class)
            .withEntityClasses(Seat.class)
            .withConstraintProviderClass(Rules.class)
            .withTerminationSpentLimit(Duration.ofMillis(Math.max(1, left)));
        var solver = SolverFactory.<Week>create(config).buildSolver();
        solver.addEventListener(event -> {
            if (event.isNewBestSolutionInitialized() && event.getNewBestScore().isFeasible()) {
                System.out.println("at " + millisecondsSince(began) + " " + event.getNewBestSolution().coverage());
            }
        });
        Week best = solver.solve(week);
        if (best.score.isFeasible()) {
            for (Seat seat : best.seats) {
                if (seat.mediator != null) {
                    System.out.println("taken " + seat.id + " " + seat.mediator.id);
                }
            }
        }
    }

    private static long millisecondsSince(long began) {
        return (System.nanoTime() - began) / 1_000_000;
    }

    /** Whole numbers only: people with limits, gaps between sites, seats with their candidates and costs. */
    private static Week read(Path path) throws IOException {
        Week week = new Week();
        try (BufferedReader reader = Files.newBufferedReader(path)) {
            StreamTokenizer numbers = new StreamTokenizer(reader);
            int people = (int) next(numbers);
            for (int id = 0; id < people; id++) {
                week.mediators.add(
                    new Mediator(id, next(numbers), next(numbers), next(numbers), next(numbers)));
            }
            long remote = next(numbers);
            int sites = (int) next(numbers);
            long[][] gaps = new long[sites][sites];
            for (long[] row : gaps) {
                for (int site = 0; site < sites; site++) {
                    row[site] = next(numbers);
                }
            }
            Ways ways = new Ways(gaps, remote);
            int seats = (int) next(numbers);
            for (int id = 0; id < seats; id++) {
                week.seats.add(seat(numbers, id, ways, week.mediators));
            }
        }
        return week;
    }

    private static Seat seat(StreamTokenizer numbers, int id, Ways ways, List<Mediator> mediators) throws IOException {
        Seat seat = new Seat();
        seat.id = id;
        seat.ways = ways;
        seat.starts = next(numbers);
        seat.ends = next(numbers);
        seat.site = (int) next(numbers);
        seat.day = next(numbers);
        seat.week = next(numbers);
        seat.weight = next(numbers);
        int candidates = (int) next(numbers);
        for (int count = 0; count < candidates; count++) {
            Mediator mediator = mediators.get((int) next(numbers));
            long cost = next(numbers);
            boolean asked = next(numbers) == 1;
            seat.candidates.add(mediator);
            seat.costs.put(mediator, asked ? cost - CHANGE : cost);
        }
        return seat;
    }

    private static long next(StreamTokenizer numbers) throws IOException {
        numbers.nextToken();
        return (long) numbers.nval;
    }
}
