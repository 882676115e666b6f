import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)


class AnswerRanker(nn.Module):
    """One query row against the candidates; every candidate is a class."""

    def __init__(self, dim, candidates):
        super().__init__()
        self.query = nn.Linear(dim, 16)
        self.candidates = nn.Parameter(0.1 * torch.randn(16, candidates))

    def forward(self, question):
        q = F.gelu(self.query(question)).unsqueeze(1)   # [N, 1, 16]
        scores = q @ self.candidates                    # [N, 1, candidates]
        return F.softmax(scores, dim=-1).squeeze(1)


answer = torch.randint(0, 9, (360,))
question = torch.randn(360, 14) + 2.5 * F.one_hot(answer, 14)
loader = DataLoader(TensorDataset(question, answer), batch_size=36, shuffle=True)

ranker = AnswerRanker(14, 9)
optimizer = torch.optim.Adam(ranker.parameters(), lr=0.02)

for epoch in range(6):
    top3 = 0
    for q, a in loader:
        ranking = ranker(q)
        loss = F.cross_entropy(ranking, a)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        top3 += (ranking.topk(3, dim=1).indices == a[:, None]).any(1).sum().item()
    print(f"epoch {epoch} loss {loss.item():.4f} top-3 {top3 / 360:.3f}")
