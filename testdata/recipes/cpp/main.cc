// SPDX-License-Identifier: Apache-2.0
// A small text indexer that writes gperftools profiles: cpu, heap (HeapProfiler), heap sample and heap growth
// (MallocExtension).  usage: indexer MODE OUTPUT, MODE one of cpu, heap, sample.

#include <gperftools/heap-profiler.h>
#include <gperftools/malloc_extension.h>
#include <gperftools/profiler.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

namespace text {

class Scorer {
 public:
    virtual ~Scorer() = default;
    virtual double score(std::string_view word) const = 0;
};

// Letters weigh by place, as in a checksum.
class PlaceScorer final : public Scorer {
 public:
    double score(std::string_view word) const override {
        uint32_t h = 2166136261u;
        for (int round = 0; round < 12; round++) {
            for (char c : word) {
                h = (h ^ static_cast<unsigned char>(c)) * 16777619u;
            }
        }
        return h / 4294967296.0;
    }
};

// Edit distance to one fixed word, by the plain recursion down to a small depth.
class DistanceScorer final : public Scorer {
 public:
    explicit DistanceScorer(std::string target) : target_(std::move(target)) {}
    double score(std::string_view word) const override { return distance(word, target_, 5); }

 private:
    static int distance(std::string_view a, std::string_view b, int budget) {
        if (a.empty() || b.empty() || budget == 0) {
            return static_cast<int>(std::max(a.size(), b.size()));
        }
        if (a[0] == b[0]) {
            return distance(a.substr(1), b.substr(1), budget);
        }
        return 1 + std::min({distance(a.substr(1), b, budget - 1), distance(a, b.substr(1), budget - 1),
                             distance(a.substr(1), b.substr(1), budget - 1)});
    }

    std::string target_;
};

template <typename Map>
class Index {
 public:
    void add(const std::string &word, int document) { postings_[word].push_back(document); }

    std::vector<std::string> best(size_t n, const Scorer &scorer) const {
        std::vector<std::pair<double, std::string>> order;
        for (const auto &[word, documents] : postings_) {
            order.emplace_back(scorer.score(word) * static_cast<double>(documents.size()), word);
        }
        std::sort(order.begin(), order.end(), std::greater<>());
        std::vector<std::string> out;
        for (size_t i = 0; i < std::min(n, order.size()); i++) {
            out.push_back(order[i].second);
        }
        return out;
    }

 private:
    Map postings_;
};

using TreeIndex = Index<std::map<std::string, std::vector<int>>>;
using HashIndex = Index<std::unordered_map<std::string, std::vector<int>>>;

std::string make_word(std::mt19937 &random) {
    static const char *const syllables[] = {"ka", "lo", "mi", "ren", "sto", "va", "qui", "ne"};
    std::string word;
    for (int n = 2 + static_cast<int>(random() % 3); n > 0; n--) {
        word += syllables[random() % 8];
    }
    return word;
}

}  // namespace text

namespace {

struct Corpus {
    text::TreeIndex tree;
    text::HashIndex hash;
    std::vector<std::unique_ptr<std::string>> documents;
};

std::unique_ptr<Corpus> build(unsigned seed, int n_documents) {
    std::mt19937 random(seed);
    auto corpus = std::make_unique<Corpus>();
    for (int d = 0; d < n_documents; d++) {
        auto body = std::make_unique<std::string>();
        for (int w = 0; w < 60; w++) {
            const std::string word = text::make_word(random);
            corpus->tree.add(word, d);
            corpus->hash.add(word, d);
            *body += word + ' ';
        }
        corpus->documents.push_back(std::move(body));
    }
    return corpus;
}

size_t query(const Corpus &corpus, int rounds) {
    const std::vector<std::shared_ptr<text::Scorer>> scorers = {
        std::make_shared<text::PlaceScorer>(),
        std::make_shared<text::DistanceScorer>("kalomiren"),
    };
    size_t n = 0;
    for (int i = 0; i < rounds; i++) {
        for (const auto &scorer : scorers) {
            n += corpus.tree.best(10, *scorer).size();
            n += corpus.hash.best(10, *scorer).size();
        }
    }
    return n;
}

void save(const std::string &path, const std::string &bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace

int main(int argc, char **argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: indexer cpu|heap|sample OUTPUT\n");
        return 2;
    }
    const std::string mode = argv[1];
    const std::string output = argv[2];

    if (mode == "cpu") {
        ProfilerStart(output.c_str());
        std::thread other([] { query(*build(2, 3000), 40); });
        query(*build(1, 6000), 70);
        other.join();
        ProfilerStop();
        return 0;
    }
    if (mode == "heap") {
        HeapProfilerStart(output.c_str());
        const auto corpus = build(3, 2000);
        query(*corpus, 2);
        HeapProfilerDump("end");
        HeapProfilerStop();
        return 0;
    }
    const auto corpus = build(4, 8000);
    query(*corpus, 1);
    std::string heap, growth;
    MallocExtension::instance()->GetHeapSample(&heap);
    MallocExtension::instance()->GetHeapGrowthStacks(&growth);
    save(output + ".heap", heap);
    save(output + ".growth", growth);
    return 0;
}
