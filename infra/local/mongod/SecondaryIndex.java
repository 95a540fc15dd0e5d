import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.backend.EmptyIndex;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.Utils;
import de.bwaldvogel.mongo.backend.ValueComparator;
import de.bwaldvogel.mongo.bson.Document;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A non-unique index on the first key, in memory: it is rebuilt whenever the data are opened. The library ignores
 * non-unique indexes, so that every query without a unique key scans the whole collection.
 *
 * <p>It returns candidates, which are then matched against the whole query. It does not handle queries with many
 * candidates, for which a scan of the collection is faster.
 */
final class SecondaryIndex extends EmptyIndex<Object> {
    private static final int FEW = 100;
    private static final Set<String> RANGE = Set.of("$lt", "$lte", "$gt", "$gte");

    private final String key;
    /** The field that the key begins with. */
    private final String field;
    /** The ids of the documents with each value, in their order. */
    private final TreeMap<Object, NavigableSet<Object>> positions = new TreeMap<>(ValueComparator.asc());
    /** How many entries each document has: an array has several. */
    private final Map<Object, Integer> documents = new HashMap<>();

    SecondaryIndex(String name, List<IndexKey> keys) {
        super(name, keys);
        key = keys.get(0).getKey();
        field = key.split("\\.")[0];
    }

    @Override
    public synchronized void add(Document document, Object position, MongoCollection<Object> collection) {
        for (Object value : values(document)) {
            if (positions.computeIfAbsent(value, any -> new TreeSet<>(ValueComparator.asc())).add(position)) {
                documents.merge(position, 1, Integer::sum);
            }
        }
    }

    /** Returns no position, so that the library takes it from the other indexes. */
    @Override
    public synchronized Object remove(Document document) {
        // The H2 backend keeps a document at its _id.
        removeAt(document, document.get("_id"));
        return null;
    }

    @Override
    public synchronized void updateInPlace(
            Document before, Document after, Object position, MongoCollection<Object> collection) {
        if (Objects.equals(before.get(field), after.get(field))) return;
        removeAt(before, position);
        add(after, position, collection);
    }

    @Override
    public synchronized boolean canHandle(Document query) {
        Object condition = condition(query);
        if (condition == null) return false;
        int count = 0;
        for (Set<Object> found : matching(condition)) {
            count += found.size();
            if (count > FEW && count > documents.size() / 8) return false;
        }
        return true;
    }

    @Override
    public synchronized Iterable<Object> getPositions(Document query) {
        Set<Object> found = new LinkedHashSet<>();
        matching(condition(query)).forEach(found::addAll);
        return found;
    }

    /** The ids, in their order, of the documents with the value in the query; null where the query has no single value. */
    synchronized NavigableSet<Object> withValueOf(Document query) {
        Object wanted = condition(query);
        return isPlain(wanted) ? positions.getOrDefault(wanted, Collections.emptyNavigableSet()) : null;
    }

    private void removeAt(Document document, Object position) {
        for (Object value : values(document)) {
            Set<Object> there = positions.get(value);
            if (there == null || !there.remove(position)) continue;
            if (there.isEmpty()) positions.remove(value);
            documents.computeIfPresent(position, (any, count) -> count == 1 ? null : count - 1);
        }
    }

    /** The values under which the document is indexed: each element of an array, none where the field is absent. */
    private Set<Object> values(Document document) {
        Object value = Utils.getSubdocumentValueCollectionAware(document, key);
        if (value instanceof Collection<?> several) {
            return several.stream().filter(SecondaryIndex::isPlain).collect(Collectors.toSet());
        }
        return isPlain(value) ? Set.of(value) : Set.of();
    }

    private static boolean isPlain(Object value) {
        return value instanceof String || value instanceof Number || value instanceof Boolean;
    }

    /** The query's condition on the key, if this index supports it: a value, or a document of operators. */
    private Object condition(Document query) {
        Object wanted = query.get(key);
        if (isPlain(wanted)) return wanted;
        if (wanted instanceof Document operators && !operators.isEmpty()) {
            if (RANGE.containsAll(operators.keySet()) && operators.values().stream().allMatch(SecondaryIndex::isPlain)) return wanted;
            if (operators.keySet().equals(Set.of("$exists")) && Utils.isTrue(operators.get("$exists"))) return wanted;
            if (operators.keySet().equals(Set.of("$in"))
                    && operators.get("$in") instanceof Collection<?> listed
                    && listed.stream().allMatch(SecondaryIndex::isPlain)) return wanted;
        }
        if (query.get("$and") instanceof Collection<?> parts) {
            return parts.stream()
                    .map(part -> part instanceof Document inner ? condition(inner) : null)
                    .filter(Objects::nonNull)
                    .findFirst()
                    .orElse(null);
        }
        return null;
    }

    private Collection<? extends Set<Object>> matching(Object condition) {
        if (!(condition instanceof Document operators)) return at(List.of(condition));
        if (operators.get("$in") instanceof Collection<?> listed) return at(listed);
        // One limit is enough to find candidates by.
        Map.Entry<String, Object> limit = operators.entrySet().iterator().next();
        return switch (limit.getKey()) {
            case "$lt" -> positions.headMap(limit.getValue(), false).values();
            case "$lte" -> positions.headMap(limit.getValue(), true).values();
            case "$gt" -> positions.tailMap(limit.getValue(), false).values();
            case "$gte" -> positions.tailMap(limit.getValue(), true).values();
            default -> positions.values();
        };
    }

    private Collection<Set<Object>> at(Collection<?> values) {
        List<Set<Object>> found = new ArrayList<>();
        for (Object value : values) {
            Set<Object> there = positions.get(value);
            if (there != null) found.add(there);
        }
        return found;
    }
}
