/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/rlmemory.h"

#include "run/rlwork.h"

#include <math.h>

#define BYTES_16BIT 2.0
#define MOST_DOUBLINGS 20

/* A reference of an adapter is the base model without it: no second copy. */
static bool needs_weights(const struct tb_rl *rl, const struct tb_rl_shapes *shapes,
                          enum tb_role role)
{
    bool base = role == TB_ROLE_REFERENCE && rl->adapter != TB_ADAPTER_NONE && !rl->model[role] &&
                !(rl->role_bytes[role] > 0.0);
    return role != TB_ROLE_JUDGE && role != shapes->generator && !base;
}

/* States beyond the chip move to the host but for weights and gradients in 16 bits. */
static void keep_on_host(const struct tb_rl_shapes *shapes, double chips, struct tb_rl_memory *m)
{
    double params = 0.0;
    m->held = m->trainer;
    if (!(m->trainer > m->capacity))
        return;
    for (int role = 0; role < TB_ROLE_COUNT; role++)
        params += shapes->trained[role] ? shapes->params[role] : 0.0;
    m->held = fmin(2.0 * BYTES_16BIT * params / chips, m->trainer);
    m->host = m->trainer - m->held;
}

/* Eq. 10.42. */
void tb_rl_hold_trainer(const struct tb_rl_stage_in *in, const struct tb_rl_shapes *shapes,
                        double chips, struct tb_rl_memory *m)
{
    const struct tb_rl *rl = &in->stage->rl;
    m->trainer = m->readers = m->host = 0.0;
    m->capacity = in->chip->memory_capacity;
    for (int i = 0; i < TB_ROLE_COUNT; i++) {
        enum tb_role role = (enum tb_role)i;
        double params = shapes->params[i] / chips;
        m->state[i] = m->reader[i] = 0.0;
        if (shapes->trained[i])
            m->state[i] = tb_role_state_bytes(in->stage, role, params, false);
        else if (needs_weights(rl, shapes, role))
            m->reader[i] = tb_role_bytes(rl, role) * params;
        m->trainer += m->state[i];
        m->readers += m->reader[i];
    }
    keep_on_host(shapes, chips, m);
    /* a row too long for the room beside the states is spread over more chips, in powers of two */
    double row = shapes->checkpoint_per_token * (rl->prompt_mean + rl->response_mean);
    double room = m->capacity - m->held - m->readers;
    m->row_split = 1.0;
    while (m->row_split < chips && row / m->row_split > room)
        m->row_split *= 2.0;
    m->activations = row / m->row_split;
}

/* Eq. 10.44. */
void tb_rl_fullest(enum tb_placement placement, struct tb_rl_memory *m)
{
    double trainer = m->held + m->readers;
    double generating = fmax(m->engine_weights + m->cache, m->judge);
    m->update = trainer + m->activations;
    m->rollout = generating;
    if (placement == TB_PLACE_COLOCATED && m->shared) {
        m->update = trainer + m->activations + m->engine_weights;
        m->rollout = trainer + generating;
    }
    m->most = fmax(m->update, m->rollout);
}

static bool holds(const struct tb_rl_stage_in *in, const struct tb_rl_shapes *shapes, double chips,
                  double beside)
{
    struct tb_rl_memory m;
    tb_rl_hold_trainer(in, shapes, chips, &m);
    return m.held + m.readers + m.activations + beside <= m.capacity;
}

double tb_rl_chips_for(const struct tb_rl_stage_in *in, const struct tb_rl_shapes *shapes,
                       double chips, double beside)
{
    double low = floor(chips), high = 2.0 * low;
    for (int i = 0; i < MOST_DOUBLINGS && !holds(in, shapes, high, beside); i++) {
        low = high;
        high *= 2.0;
    }
    if (!holds(in, shapes, high, beside))
        return NAN;
    while (high - low > 1.0) {
        double middle = floor(0.5 * (low + high));
        *(holds(in, shapes, middle, beside) ? &high : &low) = middle;
    }
    return high;
}
