import Form from 'next/form';
import { type Filters, isFiltered, SORTS } from '@/lib/filters.ts';
import { CURRENCIES, currencyName, plainAmount } from '@/lib/money.ts';
import { Button } from '@/ui/button.tsx';
import { Field } from '@/ui/field.tsx';
import { Link } from '@/ui/link.tsx';

/** Search and filters: a GET form, so that everything is in the address. */
export function FiltersForm({ filters }: { filters: Filters }) {
  const { wrong } = filters;
  const isOpen = isFiltered({ ...filters, q: '' }) || filters.sort !== 'newest' || Object.keys(wrong).length > 0;
  const price = (amount: number | undefined) =>
    amount === undefined ? '' : plainAmount({ amount, currency: filters.currency });
  const fields = [
    { name: 'min', label: 'Min. price', value: wrong.min?.typed ?? price(filters.min), type: 'text' },
    { name: 'max', label: 'Max. price', value: wrong.max?.typed ?? price(filters.max), type: 'text' },
    { name: 'from', label: 'From date', value: filters.from, type: 'date' },
    { name: 'to', label: 'To date', value: filters.to, type: 'date' },
  ] as const;
  return (
    // A key per address, so that the fields match it, also after going back.
    <Form action="/" className="filters" role="search" key={JSON.stringify(filters)}>
      <div className="search-row">
        <Field name="q" label="Search">
          {(control) => (
            <input
              {...control}
              className="form-control"
              type="search"
              defaultValue={filters.q}
              maxLength={100}
              placeholder="Artist, team, play, venue"
            />
          )}
        </Field>
        <Button type="submit">Search</Button>
      </div>
      <details className="more-filters" open={isOpen}>
        <summary>Filters and sorting</summary>
        <div className="grid">
          <Field name="currency" label="Currency">
            {(control) => (
              <select {...control} className="form-select" defaultValue={filters.currency}>
                <option value="">Any currency</option>
                {CURRENCIES.map((code) => (
                  <option key={code} value={code}>
                    {code.toUpperCase()} – {currencyName(code)}
                  </option>
                ))}
              </select>
            )}
          </Field>
          {fields.map(({ name, label, value, type }) => (
            <Field key={name} name={name} label={label} problem={wrong[name]?.text}>
              {(control) => (
                <input
                  {...control}
                  className="form-control"
                  type={type}
                  defaultValue={value}
                  {...(type === 'text' && { inputMode: 'decimal', autoComplete: 'off' })}
                />
              )}
            </Field>
          ))}
          <Field name="sort" label="Sort by" className="sort">
            {(control) => (
              <select {...control} className="form-select" defaultValue={filters.sort}>
                {SORTS.map(([value, label]) => (
                  <option key={value} value={value}>
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
    </Form>
  );
}
