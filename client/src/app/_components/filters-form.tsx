import { type Filters, isByPrice, isFiltered, SORTS } from '@/lib/filters.ts';
import { CURRENCIES } from '@ticketing/common/currencies';
import { currencyName, plainAmount } from '@/lib/money.ts';
import { CATEGORY_NAMES } from '@/lib/ticket-fields.ts';
import { Button } from '@/ui/button.tsx';
import { Field } from '@/ui/field.tsx';
import { Link } from '@/ui/link.tsx';
import { SearchForm } from './search-form.tsx';

/** Empty for the order without one in the address. */
const sortValue = (sort: Filters['sort']): string => (sort === 'newest' ? '' : sort);

/** Search and filters: a GET form, so that everything is in the address. */
export function FiltersForm({ filters }: { filters: Filters }) {
  const { wrong } = filters;
  const hasCurrency = filters.currency !== '';
  const isOpen = isFiltered({ ...filters, q: '' }) || filters.sort !== 'newest' || Object.keys(wrong).length > 0;
  const price = (amount: number | undefined) =>
    amount === undefined ? '' : plainAmount({ amount, currency: filters.currency });
  const prices = [
    { name: 'min', label: 'Min. price' },
    { name: 'max', label: 'Max. price' },
  ] as const;
  const dates = [
    { name: 'from', label: 'From date' },
    { name: 'to', label: 'To date' },
  ] as const;
  return (
    // A key per address, so that the fields match it, also after going back.
    <SearchForm action="/" className="filters" role="search" key={JSON.stringify(filters)}>
      <div className="search-row">
        <Field name="q" label="Search">
          {(control) => (
            <input
              {...control}
              className="form-control"
              type="search"
              dir="auto"
              defaultValue={filters.q}
              placeholder="Artist, team, play, venue, city"
            />
          )}
        </Field>
        <Button type="submit">Search</Button>
      </div>
      <details className="more-filters" open={isOpen}>
        <summary>Filters and sorting</summary>
        <div className="grid">
          <Field name="category" label="Category">
            {(control) => (
              <select {...control} className="form-select" defaultValue={filters.category}>
                <option value="">Any category</option>
                {Object.entries(CATEGORY_NAMES).map(([code, name]) => (
                  <option key={code} value={code}>
                    {name}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field name="city" label="City">
            {(control) => <input {...control} className="form-control" defaultValue={filters.city} dir="auto" />}
          </Field>
          {dates.map(({ name, label }) => (
            <Field key={name} name={name} label={label} problem={wrong[name]?.text}>
              {(control) => <input {...control} className="form-control" type="date" defaultValue={filters[name]} />}
            </Field>
          ))}
          <Field name="currency" label="Currency">
            {(control) => (
              <select {...control} className="form-select" defaultValue={filters.currency}>
                <option value="">Any currency</option>
                {CURRENCIES.map((code) => (
                  <option key={code} value={code}>
                    {`${code.toUpperCase()} – ${currencyName(code)}`}
                  </option>
                ))}
              </select>
            )}
          </Field>
          {prices.map(({ name, label }) => (
            <Field key={name} name={name} label={label} problem={wrong[name]?.text}>
              {(control) => (
                <input
                  {...control}
                  className="form-control"
                  inputMode="decimal"
                  autoComplete="off"
                  defaultValue={wrong[name]?.typed ?? price(filters[name])}
                />
              )}
            </Field>
          ))}
          <Field
            name="sort"
            label="Sort by"
            hint={hasCurrency || wrong.sort ? undefined : 'To sort by price, choose a currency.'}
            problem={wrong.sort?.text}
          >
            {(control) => (
              <select {...control} className="form-select" defaultValue={sortValue(filters.sort)}>
                {SORTS.filter(([value]) => hasCurrency || !isByPrice(value)).map(([value, label]) => (
                  <option key={value} value={sortValue(value)}>
                    {label}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <div className="apply">
            <Button type="submit" variant="quiet">
              Apply filters
            </Button>
          </div>
        </div>
      </details>
      {isFiltered(filters) ? (
        <p className="clear small">
          <Link href="/">Clear search and filters</Link>
        </p>
      ) : null}
    </SearchForm>
  );
}
