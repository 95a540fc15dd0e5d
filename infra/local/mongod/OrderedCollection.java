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
 * A collection that gives the first documents by _id without looking at all others, as an index on _id does: the library
 * reads and sorts the whole collection for every page.
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
        // A key of its own, or a range that few are in, where nothing names candidates in their order.
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

    /** The ids of all documents that may pass: those with a value that is asked for, by the index that names fewest. */
    private Optional<NavigableSet<Object>> candidates(Document query) {
        return getIndexes().stream()
                .filter(SecondaryIndex.class::isInstance)
                .map(index -> ((SecondaryIndex) index).withValueOf(query))
                .filter(Objects::nonNull)
                .min(Comparator.comparingInt(Set::size));
    }

    /**
     * What an update finds is a copy, of whose fields it makes the next state: the library would change the document that a
     * commit may just be writing, or another connection reading.
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

    /** Only statistics would tell it, and to know it each update measures the whole document twice. */
    @Override
    protected boolean tracksDataSize() {
        return false;
    }

    /** Whether the ids' order in the file is the order asked for: it is that of their text, where all are text. */
    private boolean isById(Document orderBy) {
        return orderBy != null
                && orderBy.keySet().equals(Set.of("_id"))
                && documents.firstKey() instanceof String
                && documents.lastKey() instanceof String;
    }
}
