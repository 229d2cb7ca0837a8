// SPDX-License-Identifier: Apache-2.0

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Parses, books and sums made-up payments on two threads while async-profiler watches. */
public final class Ledger {
    private static final Pattern LINE = Pattern.compile("(\\w+);(\\w+);(\\d+\\.\\d\\d)");

    record Payment(String from, String to, double amount) {}

    private final Map<String, Double> balances = new HashMap<>();

    static Payment parse(String line) {
        var m = LINE.matcher(line);
        if (!m.matches()) {
            throw new IllegalArgumentException(line);
        }
        return new Payment(m.group(1), m.group(2), Double.parseDouble(m.group(3)));
    }

    synchronized void book(Payment p) {
        balances.merge(p.from(), -p.amount(), Double::sum);
        balances.merge(p.to(), p.amount(), Double::sum);
    }

    synchronized String summary() {
        return balances.entrySet().stream()
                .sorted(Map.Entry.<String, Double>comparingByValue(Comparator.reverseOrder()))
                .limit(50)
                .map(e -> e.getKey() + "=" + String.format("%.2f", e.getValue()))
                .collect(Collectors.joining(","));
    }

    static List<String> lines(Random random, int n) {
        var out = new ArrayList<String>();
        for (int i = 0; i < n; i++) {
            out.add("acc" + random.nextInt(2000) + ";acc" + random.nextInt(2000) + ";"
                    + random.nextInt(1000) + "." + (10 + random.nextInt(90)));
        }
        return out;
    }

    static int work(Ledger ledger, int seed, long until) {
        var random = new Random(seed);
        int length = 0;
        while (System.nanoTime() < until) {
            lines(random, 2000).stream().map(Ledger::parse).forEach(ledger::book);
            length += ledger.summary().length();
        }
        return length;
    }

    public static void main(String[] args) throws Exception {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(3);
        var ledger = new Ledger();
        try (var pool = new Pool(Executors.newFixedThreadPool(2))) {
            for (int i = 0; i < 2; i++) {
                int seed = i;
                pool.service().submit(() -> work(ledger, seed, until));
            }
        }
    }

    record Pool(ExecutorService service) implements AutoCloseable {
        @Override
        public void close() throws InterruptedException {
            service.shutdown();
            service.awaitTermination(1, TimeUnit.MINUTES);
        }
    }
}
