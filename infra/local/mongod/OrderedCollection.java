import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.backend.ArrayFilters;
import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.QueryResult;
import de.bwaldvogel.mongo.backend.h2.H2Collection;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.oplog.Oplog;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.h2.mvstore.MVMap;

/**
 * A collection that returns pages in the order of _id without a scan, as an index on _id does: the library reads and
 * sorts the whole collection for every page.
 */
final class OrderedCollection extends H2Collection {
    private final MVMap<Object, Document> documents;
    private boolean isUpdating;

    OrderedCollection(
            MongoDatabase database,
            String name,
            CollectionOptions options,
            MVMap<Object, Document> documents,
            MVMap<String, Object> meta,
            CursorRegistry cursors) {
        super(database, name, options, documents, meta, cursors);
        this.documents = documents;
    }

    @Override
    protected QueryResult queryDocuments(
            Document query, Document orderBy, int skip, int limit, int batchSize, Document projection) {
        if (skip != 0 || limit <= 0 || !isById(orderBy)) {
            return super.queryDocuments(query, orderBy, skip, limit, batchSize, projection);
        }
        Optional<NavigableSet<Object>> named = candidates(query);
        // A unique key, or a range with few documents where no index returns candidates in order.
        if (getIndexes().stream()
                .filter(index -> named.isEmpty() || !(index instanceof SecondaryIndex))
                .anyMatch(index -> index.canHandle(query))) {
            return super.queryDocuments(query, orderBy, skip, limit, batchSize, projection);
        }
        boolean descending = ((Number) orderBy.get("_id")).intValue() < 0;
        Iterator<Object> ids = named.map(all -> descending ? all.descendingIterator() : all.iterator())
                .orElseGet(() -> documents.cursor(null, null, descending));
        Stream<Document> inOrder = StreamSupport.stream(Spliterators.spliteratorUnknownSize(ids, Spliterator.ORDERED), false)
                .map(documents::get);
        return matchDocumentsFromStream(query, inOrder, skip, limit, batchSize, null, projection);
    }

    /** The ids of the documents that may match, from the index with the fewest candidates. */
    private Optional<NavigableSet<Object>> candidates(Document query) {
        return getIndexes().stream()
                .filter(SecondaryIndex.class::isInstance)
                .map(index -> ((SecondaryIndex) index).withValueOf(query))
                .filter(Objects::nonNull)
                .min(Comparator.comparingInt(Set::size));
    }

    /**
     * An update works on copies: the library would change documents in place while a commit writes them or another
     * connection reads them.
     */
    @Override
    protected QueryResult createQueryResult(List<Document> found, int batchSize) {
        return super.createQueryResult(isUpdating ? found.stream().map(Document::clone).toList() : found, batchSize);
    }

    @Override
    public synchronized Document updateDocuments(
            Document selector, Document update, ArrayFilters arrayFilters, boolean isMulti, boolean isUpsert, Oplog oplog) {
        isUpdating = true;
        try {
            return super.updateDocuments(selector, update, arrayFilters, isMulti, isUpsert, oplog);
        } finally {
            isUpdating = false;
        }
    }

    @Override
    public synchronized Document findAndModify(Document query) {
        isUpdating = true;
        try {
            return super.findAndModify(query);
        } finally {
            isUpdating = false;
        }
    }

    /** The data size is only for statistics, and tracking it measures the whole document twice in each update. */
    @Override
    protected boolean tracksDataSize() {
        return false;
    }

    /** Whether the stored order of ids is the requested order: that of strings, where all ids are strings. */
    private boolean isById(Document orderBy) {
        return orderBy != null
                && orderBy.keySet().equals(Set.of("_id"))
                && documents.firstKey() instanceof String
                && documents.lastKey() instanceof String;
    }
}
