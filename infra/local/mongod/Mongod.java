import de.bwaldvogel.mongo.MongoBackend;
import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.DatabaseResolver;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.backend.h2.H2Database;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.oplog.Oplog;
import io.netty.channel.Channel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;

/**
 * A stand-in for mongod where there is none: MongoDB's wire protocol by mongo-java-server, with mongod's own options.
 * It knows --version, --port, --bind_ip, --dbpath and --storageEngine, and ignores the others.
 *
 * <p>With --dbpath data are kept in that folder and survive a restart. They are committed every 100 ms and when the
 * process is told to stop, so SIGKILL may lose the last 100 ms. Without it, or with --storageEngine ephemeralForTest,
 * data are kept in memory only.
 */
public final class Mongod {
    /** The version for drivers: 5.0, whose wire protocol is new enough for a current driver. */
    private static final MongoVersion VERSION =
            new MongoVersion() {
                @Override
                public List<Integer> getVersionArray() {
                    return List.of(5, 0, 0);
                }

                @Override
                public int getWireVersion() {
                    return 13;
                }
            };

    /** The cache of decoded documents. */
    private static final int CACHE_MB = 64;

    private Mongod() {}

    public static void main(String[] args) throws Exception {
        Map<String, String> options = parse(args);
        if (options.containsKey("--version")) {
            System.out.println("db version v" + VERSION.toVersionString());
            System.out.println("stand-in: mongo-java-server");
            return;
        }

        MongoBackend backend = open(options);
        backend.version(VERSION);
        MongoServer server = new MongoServer(backend);
        // shutdownNow closes the backend too, and closing it commits.
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow, "shutdown"));
        server.bind(options.getOrDefault("--bind_ip", "127.0.0.1"), Integer.parseInt(options.getOrDefault("--port", "27017")));
        // mongodb-memory-server waits for this line.
        System.out.println("Waiting for connections on port " + server.getLocalAddress().getPort());
    }

    private static MongoBackend open(Map<String, String> options) throws Exception {
        String folder = options.get("--dbpath");
        if (folder == null || "ephemeralForTest".equals(options.get("--storageEngine"))) {
            return new Backend(MVStore.open(null));
        }
        Path file = Files.createDirectories(Path.of(folder)).resolve("stand-in.mv.db");
        MVStore store = new MVStore.Builder().fileName(file.toString()).cacheSize(CACHE_MB).autoCommitBufferSize(8 * 1024).open();
        store.setAutoCommitDelay(Integer.getInteger("commitDelay", 100));
        return new Backend(store);
    }

    /** --name value, --name=value and --name alone. */
    private static Map<String, String> parse(String[] args) {
        Map<String, String> options = new HashMap<>();
        for (int i = 0; i < args.length; i++) {
            int equals = args[i].indexOf('=');
            if (equals > 0) {
                options.put(args[i].substring(0, equals), args[i].substring(equals + 1));
            } else if (i + 1 < args.length && !args[i + 1].startsWith("--")) {
                options.put(args[i], args[++i]);
            } else {
                options.put(args[i], "");
            }
        }
        return options;
    }

    private static final class Backend extends H2Backend {
        Backend(MVStore store) {
            super(store);
        }

        @Override
        protected MongoDatabase openOrCreateDatabase(String name) {
            return new H2Database(name, getMvStore(), getCursorRegistry()) {
                @Override
                protected Index<Object> openOrCreateUniqueIndex(
                        String collection, String index, List<IndexKey> keys, boolean sparse) {
                    return new UniqueIndex(index, keys, sparse);
                }

                /** The library checks and then creates; two clients at once would both create. */
                @Override
                protected MongoCollection<Object> resolveOrCreateCollection(String collection) {
                    MongoCollection<Object> there = resolveCollection(collection, false);
                    if (there != null) {
                        return there;
                    }
                    synchronized (this) {
                        return super.resolveOrCreateCollection(collection);
                    }
                }

                @Override
                public Document handleCommand(
                        Channel channel, String command, Document query, DatabaseResolver resolver, Oplog oplog) {
                    if (!command.startsWith("create")) {
                        return super.handleCommand(channel, command, query, resolver, oplog);
                    }
                    synchronized (this) {
                        // As newer versions of mongod do.
                        if (command.equals("create") && resolveCollection((String) query.get(command), false) != null) {
                            return new Document("ok", 1.0);
                        }
                        return super.handleCommand(channel, command, query, resolver, oplog);
                    }
                }

                @Override
                protected MongoCollection<Object> openOrCreateCollection(String collection, CollectionOptions options) {
                    // The library's own names, for existing data.
                    String full = getDatabaseName() + "." + collection;
                    MVStore store = getMvStore();
                    return new OrderedCollection(
                            this,
                            collection,
                            options,
                            store.openMap("databases." + full, new MVMap.Builder<Object, Document>().valueType(new DocumentType())),
                            store.openMap("meta." + full),
                            getCursorRegistry());
                }

                @Override
                protected Index<Object> openOrCreateSecondaryIndex(
                        String collection, String index, List<IndexKey> keys, boolean sparse) {
                    return new SecondaryIndex(index, keys);
                }
            };
        }
    }
}
